package io.oarlog.raft;

import io.oarlog.log.LogFinding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/** Reads the Raft log of a group that nobody has open, on and on behind damage; changes nothing. Confined to its caller. */
final class RaftLogReading {
    /** Larger than any entry that a node writes, whatever its settings: record bytes are not in there. */
    static final int MAX_ENTRY_BYTES = 64 << 20;

    private static final long NONE = -1;

    private final Consumer<LogFinding> findings;
    private long lastIndex = NONE;
    private boolean isDamaged;
    private boolean isStopped;

    RaftLogReading(Consumer<LogFinding> findings) {
        this.findings = findings;
    }

    /** Takes an entry; wants no more when it says false. */
    interface Taker {
        boolean take(LogEntryProto entry, RaftLogFile file, long position);
    }

    /** The entries of a partition's group. */
    void readPartition(Path groupDirectory, Predicate<RaftEntry> consumer) throws IOException {
        read(groupDirectory, (entry, file, position) -> consumer.test(decode(entry, file, position)));
    }

    /** The entries of any group, also of the metadata's. */
    void read(Path groupDirectory, Taker taker) throws IOException {
        for (RaftLogFile file : RaftLogFile.list(groupDirectory)) {
            if (isStopped) {
                return;
            }
            long before = lastIndex;
            RaftLogFile.Ending ending =
                    file.read(MAX_ENTRY_BYTES, (entry, position) -> onEntry(entry, file, position, taker));
            onEnding(file, ending, before);
        }
    }

    /** Whether entries are missing, or some that are there could not be read. */
    boolean isDamaged() {
        return isDamaged;
    }

    private void onEntry(LogEntryProto entry, RaftLogFile file, long position, Taker taker) {
        if (lastIndex != NONE && entry.getIndex() != lastIndex + 1) {
            report(
                    LogFinding.Kind.DAMAGE,
                    file.path(),
                    position,
                    "expected Raft entry " + (lastIndex + 1) + ", found " + entry.getIndex());
        }
        lastIndex = entry.getIndex();
        if (!isStopped && !taker.take(entry, file, position)) {
            isStopped = true;
        }
    }

    private void onEnding(RaftLogFile file, RaftLogFile.Ending ending, long lastIndexBefore) {
        if (ending.isTorn()) {
            report(
                    LogFinding.Kind.TAIL,
                    file.path(),
                    ending.position(),
                    "a Raft entry that was being written; the next start cuts it");
        } else if (ending.failure().isPresent()) {
            report(
                    LogFinding.Kind.DAMAGE,
                    file.path(),
                    ending.position(),
                    "the Raft entry " + (lastIndex == lastIndexBefore ? "that begins here" : "after " + lastIndex)
                            + " cannot be read: " + ending.failure().get().getMessage());
        }
    }

    private void report(LogFinding.Kind kind, Path file, long position, String what) {
        isDamaged |= kind == LogFinding.Kind.DAMAGE;
        findings.accept(new LogFinding(kind, file, position, LogFinding.NO_OFFSET, what));
    }

    private static RaftEntry decode(LogEntryProto entry, RaftLogFile file, long position) {
        RaftEntry.Kind kind = RaftEntry.Kind.OTHER;
        long baseOffset = LogFinding.NO_OFFSET;
        long endOffset = LogFinding.NO_OFFSET;
        List<RaftEntry.Batch> batches = new ArrayList<>();
        if (RaftLogScan.isData(entry)) {
            EntryHeader header = RaftLogScan.header(entry);
            kind = RaftEntry.Kind.DATA;
            baseOffset = header.baseOffset();
            endOffset = header.endOffset();
            long offset = baseOffset;
            for (EntryHeader.Batch batch : header.batches()) {
                batches.add(new RaftEntry.Batch(
                        offset,
                        batch.sizeInBytes(),
                        batch.lastOffsetDelta(),
                        batch.crc(),
                        batch.producerId(),
                        batch.producerEpoch(),
                        batch.baseSequence()));
                offset += batch.lastOffsetDelta() + 1L;
            }
        } else if (entry.hasStateMachineLogEntry()) {
            ControlEntry control = ControlEntry.decode(RaftLogScan.logData(entry));
            kind = control instanceof LogStart ? RaftEntry.Kind.LOG_START : RaftEntry.Kind.COMPACTION_BOUND;
            baseOffset = control.offset();
            endOffset = baseOffset;
        }
        return new RaftEntry(
                file.path(),
                position,
                entry.getTerm(),
                entry.getIndex(),
                kind,
                baseOffset,
                endOffset,
                batches,
                file.isOpen());
    }
}
