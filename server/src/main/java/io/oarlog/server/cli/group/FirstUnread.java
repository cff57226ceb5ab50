package io.oarlog.server.cli.group;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.OffsetOutOfRangeException;
import io.oarlog.client.TopicPartition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Looks at the first record from an offset on, in many partitions at once. Immutable. */
final class FirstUnread {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration POLL_LIMIT = Duration.ofMillis(200);
    /** One batch is answered whatever its size; more than one is not needed. */
    private static final int PARTITION_BYTES = 1;

    /** Offsets of a log; {@code from} is in it. */
    record Unread(long from, long endExclusive) {}

    private final ConsumerSettings settings;

    FirstUnread(String bootstrap) {
        this.settings = ConsumerSettings.defaults(bootstrap)
                .withMaxPartitionBytes(PARTITION_BYTES)
                .withOperationTimeout(LIMIT);
    }

    /**
     * The timestamps (ms since the epoch) of the first records. A partition whose unread offsets hold no record any more
     * (compaction leaves gaps at the end of a log, too) is empty; one that cannot be read is left out.
     */
    Map<TopicPartition, OptionalLong> timestamps(Map<TopicPartition, Unread> unread) {
        Map<TopicPartition, OptionalLong> found = new HashMap<>();
        if (unread.isEmpty()) {
            return found;
        }
        Map<TopicPartition, Unread> open = new HashMap<>(unread);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (Consumer consumer = new Consumer(settings)) {
            consumer.assign(open.keySet());
            open.forEach((partition, offsets) -> consumer.seek(partition, offsets.from()));
            while (!open.isEmpty() && System.nanoTime() < deadline) {
                look(consumer, open, found);
            }
        }
        return found;
    }

    private static void look(
            Consumer consumer, Map<TopicPartition, Unread> open, Map<TopicPartition, OptionalLong> found) {
        Set<TopicPartition> done = new HashSet<>();
        try {
            for (ConsumedRecord record : consumer.poll(POLL_LIMIT)) {
                if (open.containsKey(record.topicPartition())) {
                    found.putIfAbsent(record.topicPartition(), OptionalLong.of(record.timestamp()));
                    done.add(record.topicPartition());
                }
            }
        } catch (OffsetOutOfRangeException e) {
            done.add(e.topicPartition()); // its beginning has just moved
        }
        open.forEach((partition, offsets) -> {
            if (!done.contains(partition) && consumer.position(partition) >= offsets.endExclusive()) {
                found.put(partition, OptionalLong.empty());
                done.add(partition);
            }
        });
        if (open.keySet().removeAll(done)) {
            consumer.assign(open.keySet());
        }
    }
}
