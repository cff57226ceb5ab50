package io.oarlog.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Reads the orders of the last hour from one partition, without a group, until no more come. */
public final class ReplayOrders {
    private ReplayOrders() {}

    public static void main(String[] args) {
        List<TopicPartition> partition = List.of(new TopicPartition("orders", 0));
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(args[0]))) {
            consumer.assign(partition);
            consumer.seekToTime(partition, Instant.now().minus(Duration.ofHours(1)));
            System.out.println("behind the end: " + consumer.lag());
            for (ConsumedRecord record : consumer.records(Duration.ofSeconds(2))) {
                byte[] value = record.value();
                System.out.println(record.offset() + ": " + (value == null ? "nothing" : new String(value, UTF_8)));
            }
        }
    }
}
