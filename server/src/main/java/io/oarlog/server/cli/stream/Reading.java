package io.oarlog.server.cli.stream;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** Prints what a consumer reads. Confined to its command's thread, but for the consumer's own wake-up. */
final class Reading {
    private static final Duration POLL_LIMIT = Duration.ofMillis(500);
    /** To be given partitions as a member of a group. */
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(30);

    /**
     * When to stop, and what to commit.
     *
     * @param count stop after so many
     * @param follows go on at the end
     * @param commits what was printed, as a member of a group
     */
    record Limits(long count, boolean follows, boolean commits) {}

    private final Consumer<byte[], byte[]> consumer;
    private final RecordPrinter printer;
    private final PrintStream out;
    private final Limits limits;
    private long printed;

    Reading(Consumer<byte[], byte[]> consumer, RecordPrinter printer, PrintStream out, Limits limits) {
        this.consumer = consumer;
        this.printer = printer;
        this.out = out;
        this.limits = limits;
    }

    /**
     * Returns when all is read up to {@code ends}, unless it follows; after the last record that was asked for; when
     * whoever reads the output has gone; or when the consumer is woken up.
     *
     * @param ends of all partitions of the topic
     * @throws CommandFailedException when an offset is not in the log, or the group gave it no partition
     */
    void run(Map<TopicPartition, Long> ends) {
        long joinDeadline = System.nanoTime() + JOIN_LIMIT.toNanos();
        try {
            while (printed < limits.count() && (limits.follows() || !isAtEnd(ends))) {
                if (!printPolled()) {
                    return;
                }
                if (!limits.follows() && consumer.assignment().isEmpty() && System.nanoTime() > joinDeadline) {
                    throw new CommandFailedException("the group gave this member no partition in "
                            + JOIN_LIMIT.toSeconds()
                            + " s; other members may have them all, see with: oarlog group describe");
                }
            }
        } catch (WakeupException e) {
            // Whoever runs the command stops it: what was printed is committed.
        } catch (OffsetOutOfRangeException e) {
            throw new CommandFailedException(
                    "the log has no offset " + e.offsetOutOfRangePartitions() + "; give -o beginning, or -o end", e);
        }
    }

    private boolean isAtEnd(Map<TopicPartition, Long> ends) {
        return !consumer.assignment().isEmpty()
                && consumer.assignment().stream()
                        .allMatch(partition -> consumer.position(partition) >= ends.getOrDefault(partition, 0L));
    }

    /** False when whoever reads the output has gone; nothing is committed then. */
    private boolean printPolled() {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_LIMIT)) {
            if (printed == limits.count()) {
                break;
            }
            printer.print(record, out);
            printed++;
            next.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
        }
        if (out.checkError()) { // flushes
            return false;
        }
        if (limits.commits() && !next.isEmpty()) {
            consumer.commitSync(next);
        }
        return true;
    }
}
