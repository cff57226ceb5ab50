package io.oarlog.server.inspect;

import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogException;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import io.oarlog.raft.NodeInspection;
import io.oarlog.raft.PartitionInspection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Checks everything that a stopped node has, and goes on behind damage. Used once, by one thread. */
public final class DirectoryCheck {
    private final StoppedNode node;
    private final InspectionOutput output;
    private final LongConsumer progress;
    private long damages;

    /**
     * A check of what is selected of a node.
     *
     * @param progress is told how many more bytes of segments were read
     */
    public DirectoryCheck(StoppedNode node, InspectionFormat format, LongConsumer progress) {
        this.node = node;
        this.output = format.output();
        this.progress = progress;
    }

    /** Bytes of all segments that will be read. */
    public long sizeInBytes() throws IOException {
        long bytes = 0;
        for (PartitionInspection partition : node.partitions()) {
            bytes += partition.sizeInBytes();
        }
        return bytes;
    }

    /**
     * Prints what it finds, and what it went through.
     *
     * @return whether nothing is damaged
     */
    public boolean run() {
        Total total = Total.NOTHING;
        for (PartitionInspection partition : node.partitions()) {
            output.partition(partition);
            total = check(partition, total);
        }
        node.whole().ifPresent(this::checkOtherGroups);
        output.total(total.withDamages(damages));
        output.flush();
        return damages == 0;
    }

    private Total check(PartitionInspection partition, Total total) {
        try {
            return total.plus(partition.verify(new LogInspection.Visitor() {
                @Override
                public void onBatch(InspectedBatch batch) {
                    progress.accept(batch.header().sizeInBytes());
                }

                @Override
                public void onFinding(LogFinding finding) {
                    report(finding);
                }
            }));
        } catch (IOException | LogException e) {
            report(unreadable(partition.directory(), e));
            return total;
        }
    }

    private void checkOtherGroups(NodeInspection whole) {
        try {
            whole.verifyOtherGroups(this::report);
        } catch (IOException e) {
            report(unreadable(whole.dataDirectory(), e));
        }
    }

    private void report(LogFinding finding) {
        if (finding.kind() == LogFinding.Kind.DAMAGE) {
            damages++;
        }
        output.finding(finding);
    }

    /** A disk that does not give its bytes back: the rest of the node may still be sound. */
    static LogFinding unreadable(Path directory, Exception e) {
        String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
        return new LogFinding(
                LogFinding.Kind.DAMAGE,
                directory,
                0,
                LogFinding.NO_OFFSET,
                "cannot be read: " + e.getMessage() + cause);
    }
}
