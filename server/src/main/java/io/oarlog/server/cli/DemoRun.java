package io.oarlog.server.cli;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.client.TopicPartition;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** One stream through a cluster with the leader killed half-way. Confined to one thread, but for the acknowledgements. */
final class DemoRun {
    /**
     * What was found when the stream was read back.
     *
     * @param lines read
     * @param verdict for the user
     */
    record Check(long lines, boolean isExact, String verdict) {}

    private static final Duration READ_LIMIT = Duration.ofSeconds(60);

    private final ProcessCluster cluster;
    private final String topic;
    private final DemoStream stream;
    private final ProgressBar progress;
    private final Acknowledgements acknowledgements = new Acknowledgements();
    private long startNanos;
    private long endNanos;
    private long bytes;
    private long killedAfter;

    DemoRun(ProcessCluster cluster, String topic, DemoStream stream, ProgressBar progress) {
        this.cluster = cluster;
        this.topic = topic;
        this.stream = stream;
        this.progress = progress;
    }

    /** Streams every line with acks=all; kills {@code leader} when half of them are sent and many are in flight. */
    void streamAndKill(int leader) throws InterruptedException, IOException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        startNanos = System.nanoTime();
        try (Producer producer = new Producer(ProducerSettings.defaults(cluster.bootstrap()));
                DemoStream.Lines lines = stream.open()) {
            long number = 0;
            for (byte[] line = lines.next(); line != null && failure.get() == null; line = lines.next()) {
                if (number == stream.lines() / 2) {
                    killLeader(leader, number);
                }
                bytes += line.length;
                var unused = producer.send(new ProducerRecord(topic, 0, key(number), line))
                        .whenComplete((metadata, e) -> {
                            if (e == null) {
                                acknowledgements.add();
                                progress.step();
                            } else {
                                failure.compareAndSet(null, e);
                            }
                        });
                number++;
            }
            producer.flush();
        }
        endNanos = System.nanoTime();
        Throwable failed = failure.get();
        if (failed != null) {
            throw new CommandFailedException("a line was not acknowledged: " + failed.getMessage(), failed);
        }
    }

    private void killLeader(int leader, long afterLines) throws InterruptedException {
        acknowledgements.watchGap();
        cluster.kill(leader);
        killedAfter = afterLines;
        progress.setExtraMessage("node " + leader + " killed");
    }

    /** Reads the topic from its start, knowing only {@code node}, and compares it with the file line by line. */
    Check readBack(int node) throws IOException {
        TopicPartition partition = new TopicPartition(topic, 0);
        long read = 0;
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(cluster.address(node)));
                DemoStream.Lines lines = stream.open()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (consumer.position(partition) < end) {
                if (System.nanoTime() > deadline) {
                    return new Check(read, false, "TIMED OUT at offset " + consumer.position(partition) + " of " + end);
                }
                for (ConsumedRecord record : consumer.poll(Duration.ofMillis(500))) {
                    String fault = fault(record, read, lines.next());
                    read++;
                    if (fault != null) {
                        return new Check(read, false, "WRONG at offset " + record.offset() + ": " + fault);
                    }
                }
            }
        }
        boolean complete = read == stream.lines();
        return new Check(read, complete, complete ? "exactly once, in order" : "LOST lines from " + read + " on");
    }

    /** What is wrong with a record that should be line {@code expected}, or null. */
    private static @Nullable String fault(ConsumedRecord record, long expected, byte @Nullable [] line) {
        long number = record.key() == null ? -1 : ByteBuffer.wrap(record.key()).getLong();
        if (number != expected) {
            return "expected line " + expected + ", found line " + number
                    + (number < expected ? " (repeated)" : " (lost or out of order)");
        }
        return Arrays.equals(record.value(), line) ? null : "other bytes than line " + expected;
    }

    private static byte[] key(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    long acknowledged() {
        return acknowledgements.count();
    }

    long killedAfter() {
        return killedAfter;
    }

    double megabytes() {
        return bytes / 1e6;
    }

    double megabytesPerSecond() {
        return megabytes() / ((endNanos - startNanos) / 1e9);
    }

    Duration longestGap() {
        return acknowledgements.longestGap();
    }

    /** Counts acknowledgements and the longest time between two. Thread-safe. */
    private static final class Acknowledgements {
        private long count;
        private long lastNanos;
        private long longestGapNanos;

        /** Forgets earlier gaps; measures from now. */
        synchronized void watchGap() {
            lastNanos = System.nanoTime();
            longestGapNanos = 0;
        }

        synchronized void add() {
            long now = System.nanoTime();
            longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
            lastNanos = now;
            count++;
        }

        synchronized long count() {
            return count;
        }

        synchronized Duration longestGap() {
            return Duration.ofNanos(longestGapNanos);
        }
    }
}
