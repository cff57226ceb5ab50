package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends 0, 1, 2 and so on to each partition of a topic until it is closed, with Kafka's producer and its default settings: each is
 * sent again by the client until it is acknowledged, and counts once.
 */
public final class SteadySender implements AutoCloseable {
    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final AtomicBoolean isWanted = new AtomicBoolean(true);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::send, "sender");
    private final AtomicInteger sent = new AtomicInteger();
    /** How long each waited for its acknowledgement. */
    private final List<Long> waitNanos = new ArrayList<>(); // guarded by itself

    public SteadySender(String bootstrap, String topic, int partitions) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        thread.start();
    }

    private void send() {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            while (isWanted.get()) {
                for (int partition = 0; partition < partitions; partition++) {
                    long began = System.nanoTime();
                    var unused = producer.send(
                            new ProducerRecord<>(topic, partition, null, sent.toString()), (metadata, e) -> {
                                failure.compareAndSet(null, e);
                                synchronized (waitNanos) {
                                    waitNanos.add(System.nanoTime() - began);
                                }
                            });
                }
                sent.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(2);
            }
        } catch (InterruptedException e) {
            failure.set(e);
        }
    }

    /** To each partition, acknowledged or under way. */
    public int sent() {
        return sent.get();
    }

    public void awaitMore(int records) {
        int before = sent.get();
        await().atMost(LocalCluster.LIMIT).until(() -> sent.get() >= before + records || failure.get() != null);
        assertThat(failure.get()).isNull();
    }

    /** The median, the 99th percentile and the longest wait for an acknowledgement since this was asked last, ms. */
    public List<Long> waits() {
        synchronized (waitNanos) {
            List<Long> sorted = waitNanos.stream().sorted().toList();
            waitNanos.clear();
            return sorted.isEmpty()
                    ? List.of()
                    : IntStream.of(sorted.size() / 2, sorted.size() * 99 / 100, sorted.size() - 1)
                            .mapToObj(at -> TimeUnit.NANOSECONDS.toMillis(sorted.get(at)))
                            .toList();
        }
    }

    /** Returns when all are acknowledged. */
    @Override
    public void close() {
        isWanted.set(false);
        await().atMost(LocalCluster.LIMIT).until(() -> !thread.isAlive());
        assertThat(failure.get()).isNull();
    }

    /** Reads the topic from its beginning, and makes sure that each number that was sent is there once, in order. */
    public void assertAllThere() {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        List<List<String>> values =
                all.stream().<List<String>>map(partition -> new ArrayList<>()).toList();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all, LocalCluster.LIMIT);
            await().atMost(LocalCluster.LIMIT).until(() -> {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    values.get(record.partition()).add(record.value());
                }
                return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
            });
        }
        List<String> expected =
                IntStream.range(0, sent.get()).mapToObj(Integer::toString).toList();
        values.forEach(each -> assertThat(each).isEqualTo(expected));
    }
}
