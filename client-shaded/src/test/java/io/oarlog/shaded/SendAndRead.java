package io.oarlog.shaded;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.Compression;
import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.MissingCodecException;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.client.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Uses the client in a JVM that has the one jar and this class, and prints what came of it. */
public final class SendAndRead {
    static final int RECORDS = 100;

    private SendAndRead() {}

    /** Takes bootstrap, an empty topic, and a topic with records that are packed with zstd. */
    public static void main(String[] args) {
        long begun = System.nanoTime();
        String bootstrap = args[0];
        String topic = args[1];
        try (Producer producer = new Producer(ProducerSettings.defaults(bootstrap))) {
            producer.send(record(topic, 0)).join();
        }
        say("first record after ms "
                + Duration.ofNanos(System.nanoTime() - begun).toMillis());
        ProducerSettings lz4 = ProducerSettings.defaults(bootstrap).withCompression(Compression.LZ4);
        try (Producer producer = new Producer(lz4)) {
            CompletableFuture.allOf(IntStream.range(1, RECORDS)
                            .mapToObj(i -> producer.send(record(topic, i)))
                            .toArray(CompletableFuture[]::new))
                    .join();
        }
        int read = 0;
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(bootstrap))) {
            consumer.subscribe("shaded", List.of(topic));
            for (ConsumedRecord record : consumer.records()) {
                read++;
                if (record.offset() == RECORDS - 1) {
                    break;
                }
            }
            consumer.commitSync();
        }
        say("read " + read);
        try (Producer producer =
                new Producer(ProducerSettings.defaults(bootstrap).withCompression(Compression.ZSTD))) {
            producer.flush();
            say("zstd works");
        } catch (MissingCodecException e) {
            say("producer: " + e.getMessage());
        }
        TopicPartition packed = new TopicPartition(args[2], 0);
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(bootstrap))) {
            consumer.assign(List.of(packed));
            try {
                say("zstd works " + consumer.poll(Duration.ofSeconds(20)));
            } catch (MissingCodecException e) {
                say("consumer: " + e.getMessage() + ", position " + consumer.position(packed));
            }
        }
        try (Admin admin = new Admin(AdminSettings.defaults(bootstrap))) {
            admin.createTopic("other", 1, (short) 1, Map.of());
            say("topics " + admin.listTopics());
        }
    }

    private static ProducerRecord record(String topic, int number) {
        return ProducerRecord.of(topic, null, ("v" + number).getBytes(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}
