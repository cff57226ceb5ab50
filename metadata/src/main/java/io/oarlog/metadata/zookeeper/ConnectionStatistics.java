package io.oarlog.metadata.zookeeper;

import java.util.concurrent.atomic.AtomicLong;

/** What one connection has done, or all of them, as the four-letter words tell it. Thread-safe. */
final class ConnectionStatistics {
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final LatencyStatistics latency = new LatencyStatistics();
    /** The request that was answered last. */
    private volatile LastAnswer lastAnswer = new LastAnswer("NA", -1, -1, 0);

    /** @param timeMillis since the epoch */
    record LastAnswer(String operation, int xid, long zxid, long timeMillis) {}

    void onReceived() {
        received.incrementAndGet();
    }

    void onSent() {
        sent.incrementAndGet();
    }

    void onAnswered(long latencyNanos, LastAnswer answer) {
        latency.add(latencyNanos);
        lastAnswer = answer;
    }

    long received() {
        return received.get();
    }

    long sent() {
        return sent.get();
    }

    LatencyStatistics latency() {
        return latency;
    }

    LastAnswer lastAnswer() {
        return lastAnswer;
    }

    void reset() {
        received.set(0);
        sent.set(0);
        latency.reset();
    }
}
