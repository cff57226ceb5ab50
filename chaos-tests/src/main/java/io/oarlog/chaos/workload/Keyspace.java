package io.oarlog.chaos.workload;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;

/** Keys of one topic: which value comes next, and how far each is known to reach. Thread-safe. */
final class Keyspace {
    private final int size;
    private final int topic;
    private final int topics;
    private final CountDownLatch sending;
    private final AtomicLongArray nextValues;
    private final AtomicLongArray acknowledged;

    /**
     * Of one topic.
     *
     * @param topic place among the {@code topics}
     * @param senders that {@link #sent} tells of
     */
    Keyspace(int size, int topic, int topics, int senders) {
        this.size = size;
        this.topic = topic;
        this.topics = topics;
        this.sending = new CountDownLatch(senders);
        this.nextValues = new AtomicLongArray(size);
        this.acknowledged = new AtomicLongArray(size);
        for (int key = 0; key < size; key++) {
            acknowledged.set(key, -1);
        }
    }

    int size() {
        return size;
    }

    /** A value that no other send has, whatever its key and topic: a record in the wrong place is found out. */
    long nextValue(int key) {
        return (nextValues.getAndIncrement(key) * size + key) * topics + topic;
    }

    /** One of the senders sends no more. */
    void sent() {
        sending.countDown();
    }

    /** Waits until nobody sends any more. */
    void awaitSent() throws InterruptedException {
        sending.await();
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
