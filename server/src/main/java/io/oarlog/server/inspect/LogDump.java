package io.oarlog.server.inspect;

import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogException;
import io.oarlog.log.LogFinding;
import io.oarlog.raft.PartitionInspection;
import io.oarlog.raft.RaftEntry;
import java.io.IOException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;

/** Prints the batches of a stopped node's partitions. Used once, by one thread. */
public final class LogDump {
    /**
     * What is printed. Immutable.
     *
     * @param fromOffset first offset, inclusive
     * @param toOffset last offset, inclusive
     * @param limit most batches, and most Raft entries, of a partition
     * @param hasRecords the records of each batch as well
     * @param hasHeaders the entries of the Raft log as well
     */
    public record Range(long fromOffset, long toOffset, long limit, boolean hasRecords, boolean hasHeaders) {
        private long endOffset() {
            return toOffset == Long.MAX_VALUE ? toOffset : toOffset + 1;
        }

        private boolean isAll() {
            return fromOffset <= 0 && toOffset == Long.MAX_VALUE;
        }
    }

    private final StoppedNode node;
    private final InspectionOutput output;
    private final Range range;
    private boolean isSound = true;

    public LogDump(StoppedNode node, InspectionFormat format, Range range) {
        this.node = node;
        this.output = format.output();
        this.range = range;
    }

    /**
     * Prints what is in the range.
     *
     * @return whether all of it could be read and has its right checksum
     */
    public boolean run() {
        for (PartitionInspection partition : node.partitions()) {
            if (output.isClosed()) {
                break;
            }
            output.partition(partition);
            try {
                printBatches(partition);
                if (range.hasHeaders()) {
                    printEntries(partition);
                }
            } catch (IOException | LogException e) {
                report(DirectoryCheck.unreadable(partition.directory(), e));
            }
        }
        output.flush();
        return isSound;
    }

    private void printBatches(PartitionInspection partition) throws IOException {
        long[] left = {range.limit()};
        if (left[0] == 0) {
            return;
        }
        partition.forEachBatch(
                range.fromOffset(), range.endOffset(), batch -> print(partition, batch, left), this::report);
    }

    /** Whether more is wanted. */
    private boolean print(PartitionInspection partition, InspectedBatch batch, long[] left) {
        output.batch(batch);
        isSound &= batch.isCrcSound();
        if (range.hasRecords() && batch.isCrcSound()) {
            printRecords(partition, batch);
        }
        left[0]--;
        return left[0] > 0 && !output.isClosed();
    }

    private void printRecords(PartitionInspection partition, InspectedBatch batch) {
        try {
            for (Record record :
                    MemoryRecords.readableRecords(partition.read(batch)).records()) {
                if (record.offset() >= range.fromOffset() && record.offset() <= range.toOffset()) {
                    output.record(record);
                }
            }
        } catch (IOException | KafkaException | IllegalArgumentException e) {
            // The checksum is right: a client wrote it so.
            output.finding(new LogFinding(
                    LogFinding.Kind.NOTE,
                    batch.file(),
                    batch.position(),
                    batch.header().baseOffset(),
                    "the records cannot be unpacked: " + e.getMessage()));
        }
    }

    private void printEntries(PartitionInspection partition) throws IOException {
        long[] left = {range.limit()};
        partition.forEachEntry(
                entry -> {
                    if (isInRange(entry) && left[0] > 0) {
                        output.entry(entry);
                        left[0]--;
                    }
                    return left[0] > 0 && !output.isClosed();
                },
                this::report);
    }

    private boolean isInRange(RaftEntry entry) {
        return range.isAll()
                || (entry.kind() == RaftEntry.Kind.DATA
                        && entry.endOffset() > range.fromOffset()
                        && entry.baseOffset() <= range.toOffset());
    }

    private void report(LogFinding finding) {
        isSound &= finding.kind() != LogFinding.Kind.DAMAGE;
        output.finding(finding);
    }
}
