package io.oarlog.client;

import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.utils.Utils;

/**
 * Chooses partitions: by the key's hash as Kafka's clients do, or for records without key one partition until its batch
 * is full or sent, then another. Thread-safe.
 */
final class Partitioner {
    private final ConcurrentHashMap<String, Integer> sticky = new ConcurrentHashMap<>();
    private final RandomGenerator random;

    /** @param random used under a lock */
    Partitioner(RandomGenerator random) {
        this.random = random;
    }

    static int forKey(byte[] key, int partitionCount) {
        return Utils.toPositive(Utils.murmur2(key)) % partitionCount;
    }

    /** Where records without key go at present. */
    int current(String topic, int partitionCount) {
        Integer current = sticky.get(topic);
        return current != null && current < partitionCount ? current : next(topic, -1, partitionCount);
    }

    /** Moves on from {@code spent}, unless that was done already; returns where records without key go now. */
    int next(String topic, int spent, int partitionCount) {
        Integer next = sticky.compute(topic, (t, current) -> {
            if (current != null && current != spent && current < partitionCount) {
                return current;
            }
            return other(spent, partitionCount);
        });
        return next;
    }

    private synchronized int other(int spent, int partitionCount) {
        if (spent < 0 || spent >= partitionCount || partitionCount == 1) {
            return random.nextInt(partitionCount);
        }
        return (spent + 1 + random.nextInt(partitionCount - 1)) % partitionCount;
    }
}
