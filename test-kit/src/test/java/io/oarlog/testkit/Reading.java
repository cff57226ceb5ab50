package io.oarlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Reads with the thin client. */
final class Reading {
    private Reading() {}

    /** Values of the first records of partition 0; waits for them. */
    static List<String> values(OarlogCluster cluster, String topic, int count) {
        List<String> values = new ArrayList<>();
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.bootstrapServers()))) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            for (ConsumedRecord record : consumer.records()) {
                values.add(new String(Objects.requireNonNull(record.value()), UTF_8));
                if (values.size() == count) {
                    break;
                }
            }
        }
        return values;
    }
}
