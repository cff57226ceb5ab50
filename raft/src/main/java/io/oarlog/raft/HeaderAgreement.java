package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Holds the batches of a segment log against what the headers of the Raft log say of them. Confined to its caller. */
final class HeaderAgreement {
    /** A batch that an entry names. */
    private record Named(RaftEntry entry, RaftEntry.Batch batch) {
        @Override
        public String toString() {
            return "Raft entry " + entry.index() + " (" + entry.file() + ", position " + entry.position() + ")";
        }
    }

    private final List<Named> named = new ArrayList<>();
    private final long unchangedFromOffset;
    private final boolean isRaftLogWhole;
    private final Consumer<LogFinding> findings;
    private int next;
    /** Where the batch that was shown last ends. */
    private LogInspection.@Nullable End lastEnd;

    /**
     * @param entries with record bytes, in order
     * @param unchangedFromOffset from here on the log has all bytes as they were appended
     * @param isRaftLogWhole whether the entries are all there are: else a batch that none names is no wonder
     */
    HeaderAgreement(
            List<RaftEntry> entries, long unchangedFromOffset, boolean isRaftLogWhole, Consumer<LogFinding> findings) {
        this.unchangedFromOffset = unchangedFromOffset;
        for (RaftEntry entry : entries) {
            for (RaftEntry.Batch batch : entry.batches()) {
                if (isUnchanged(batch.baseOffset())) {
                    named.add(new Named(entry, batch));
                }
            }
        }
        this.isRaftLogWhole = isRaftLogWhole;
        this.findings = findings;
    }

    /**
     * Whether the batch at an offset has to be in the segments as its header tells. The one place for that rule: below, it was
     * deleted or rewritten, and neither it nor its absence says anything.
     */
    private boolean isUnchanged(long baseOffset) {
        return baseOffset >= unchangedFromOffset;
    }

    /** Takes the next batch of the log. */
    void onBatch(InspectedBatch stored) {
        long base = stored.header().baseOffset();
        if (!isUnchanged(base)) {
            return;
        }
        int first = next;
        while (next < named.size() && named.get(next).batch().baseOffset() < base) {
            next++;
        }
        LogInspection.End before = lastEnd;
        long position = before != null && before.file().equals(stored.file()) ? before.position() : 0;
        reportMissing(first, next, stored.file(), position);
        lastEnd = new LogInspection.End(
                stored.file(), stored.position() + stored.header().sizeInBytes());
        if (next < named.size() && named.get(next).batch().baseOffset() == base) {
            compare(named.get(next), stored);
            next++;
        } else if (isRaftLogWhole) {
            report(stored.file(), stored.position(), base, "no Raft entry names a batch that begins at this offset");
        }
    }

    /** The log ends. Offsets below its end that were not shown are none that it has to have. */
    void onEnd(Path directory, LogInspection.Summary summary) {
        while (next < named.size() && named.get(next).batch().nextOffset() <= summary.endOffset()) {
            next++;
        }
        LogInspection.End end = lastEnd != null ? lastEnd : summary.end().orElse(new LogInspection.End(directory, 0));
        reportMissing(next, named.size(), end.file(), end.position());
    }

    private void reportMissing(int from, int to, Path file, long position) {
        if (from == to) {
            return;
        }
        long bytes = 0;
        for (Named missing : named.subList(from, to)) {
            bytes += missing.batch().sizeInBytes();
        }
        Named first = named.get(from);
        Named last = named.get(to - 1);
        report(
                file,
                position,
                first.batch().baseOffset(),
                "missing: offsets " + first.batch().baseOffset() + " to "
                        + (last.batch().nextOffset() - 1) + ", " + bytes + " bytes, named by " + first
                        + (first.entry().index() == last.entry().index() ? "" : " to " + last));
    }

    private void compare(Named expected, InspectedBatch stored) {
        String difference = difference(expected, stored.header());
        if (difference != null) {
            report(
                    stored.file(),
                    stored.position(),
                    stored.header().baseOffset(),
                    "batch has " + difference + " in " + expected);
        }
    }

    /** "found, expected" of the first field that differs. */
    private static @Nullable String difference(Named expected, BatchHeader found) {
        RaftEntry.Batch batch = expected.batch();
        if (found.sizeInBytes() != batch.sizeInBytes()) {
            return found.sizeInBytes() + " bytes, but " + batch.sizeInBytes();
        } else if (found.lastOffsetDelta() != batch.lastOffsetDelta()) {
            return "last offset delta " + found.lastOffsetDelta() + ", but " + batch.lastOffsetDelta();
        } else if (found.crc() != batch.crc()) {
            return "CRC " + Integer.toHexString(found.crc()) + ", but " + Integer.toHexString(batch.crc());
        } else if (found.leaderEpoch() != expected.entry().term()) {
            return "leader epoch " + found.leaderEpoch() + ", but term "
                    + expected.entry().term();
        } else if (found.producerId() != batch.producerId()
                || found.producerEpoch() != batch.producerEpoch()
                || found.baseSequence() != batch.baseSequence()) {
            return "producer " + found.producerId() + ", epoch " + found.producerEpoch() + ", sequence "
                    + found.baseSequence() + ", but " + batch.producerId() + ", " + batch.producerEpoch() + ", "
                    + batch.baseSequence();
        }
        return null;
    }

    private void report(Path file, long position, long offset, String what) {
        findings.accept(new LogFinding(LogFinding.Kind.DAMAGE, file, position, offset, what));
    }
}
