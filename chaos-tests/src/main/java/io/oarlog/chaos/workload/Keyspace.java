package io.oarlog.chaos.workload;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Keys of one topic: which value comes next, and how far each is known to reach. Thread-safe. */
final class Keyspace {
    private final int size;
    private final AtomicLongArray nextValues;
    private final AtomicLongArray acknowledged;

    Keyspace(int size) {
        this.size = size;
        this.nextValues = new AtomicLongArray(size);
        this.acknowledged = new AtomicLongArray(size);
        for (int key = 0; key < size; key++) {
            acknowledged.set(key, -1);
        }
    }

    int size() {
        return size;
    }

    /** A value that no other send to the key has. */
    long nextValue(int key) {
        return nextValues.getAndIncrement(key);
    }

    void acknowledged(int key, long offset) {
        acknowledged.accumulateAndGet(key, offset, Math::max);
    }

    /** The highest acknowledged offset of each key that has one. */
    Map<Integer, Long> highestAcknowledged() {
        Map<Integer, Long> highest = new HashMap<>();
        for (int key = 0; key < size; key++) {
            if (acknowledged.get(key) >= 0) {
                highest.put(key, acknowledged.get(key));
            }
        }
        return highest;
    }
}
