package io.oarlog.raft;

import io.oarlog.log.CorruptLogException;
import io.oarlog.log.LogException;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/**
 * One look at all that a replica has on its disk, while it takes part in its group: its batches against the headers of the
 * Raft log, and those of which it does not tell, or that were compacted, against their own checksums and the leader epochs of what
 * was applied. What a clean stop left no start looks at again, and what nobody reads shows no damage until the last sound copy of it
 * is gone. Confined to its caller.
 */
final class PartitionScrub {
    private final RaftPartition partition;
    private final SegmentedLog log;
    private final ScrubPace pace;
    private long bytes;
    private boolean isEnded;
    private Optional<String> lastingDamage = Optional.empty();

    PartitionScrub(RaftPartition partition, ScrubPace pace) {
        this.partition = partition;
        this.log = partition.log();
        this.pace = pace;
    }

    /** Bytes that were read so far. */
    long bytes() {
        return bytes;
    }

    /** Damage that no other replica can mend, of the Raft log; the first that was found. */
    Optional<String> lastingDamage() {
        return lastingDamage;
    }

    /**
     * Looks at what is committed, and on this disk, by now.
     *
     * @throws CorruptLogException at the first damage that others can mend
     * @throws IOException when a file of the Raft log cannot be read
     */
    void run(Path groupDirectory) throws IOException {
        // Before the files are looked at: entries of theirs below it are those that count, for good.
        long endOffset = Math.min(partition.highWatermark(), log.endOffset());
        List<RaftLogFile> raftLog = RaftLogFile.list(groupDirectory);
        long namedFrom = firstNamed(raftLog, endOffset);
        log.checkBatches(
                partition.applied(Math.min(endOffset, Math.max(namedFrom, log.rewrittenEndOffset()))), this::isWanted);
        if (isEnded) {
            return;
        }
        for (RaftLogFile file : raftLog) {
            for (LogEntryProto entry : entries(file)) {
                EntryHeader header = RaftLogScan.header(entry);
                if (header.endOffset() <= endOffset && isHere(header) && isWanted(header.dataBytes())) {
                    check(header, entry.getTerm());
                }
                if (isEnded) {
                    return;
                }
            }
        }
    }

    /** Where the records begin of which the Raft log still tells. */
    private long firstNamed(List<RaftLogFile> raftLog, long endOffset) throws IOException {
        for (RaftLogFile file : raftLog) {
            List<LogEntryProto> entries = entries(file);
            if (!entries.isEmpty()) {
                return RaftLogScan.header(entries.get(0)).baseOffset();
            }
        }
        return endOffset;
    }

    private boolean isWanted(long nextBytes) {
        isEnded = isEnded || !pace.await(nextBytes);
        bytes += isEnded ? 0 : nextBytes;
        return !isEnded;
    }

    private void onLastingDamage(String what) {
        lastingDamage = lastingDamage.or(() -> Optional.of(what));
    }

    private List<LogEntryProto> entries(RaftLogFile file) throws IOException {
        List<LogEntryProto> entries = new ArrayList<>();
        try {
            RaftLogFile.Ending ending = file.read(RaftLogReading.MAX_ENTRY_BYTES, (entry, position) -> {
                if (RaftLogScan.isData(entry)) {
                    entries.add(entry);
                }
            });
            // Of the open one the last entry may be under way.
            if (!file.isOpen()
                    && ending.failure().isPresent()
                    && file.path().toFile().exists()) {
                onLastingDamage(file.path() + ": damaged at position " + ending.position() + ": "
                        + ending.failure().get().getMessage());
            }
            return entries;
        } catch (NoSuchFileException e) {
            // It was closed, which gave it another name: a later look has it.
            return List.of();
        }
    }

    /** Not deleted, or compacted. */
    private boolean isHere(EntryHeader header) {
        return header.baseOffset() >= Math.max(log.firstStoredOffset(), log.rewrittenEndOffset())
                && header.endOffset() > log.startOffset();
    }

    private void check(EntryHeader header, long term) {
        try {
            var unused = partition.readEntry(header, term);
        } catch (CorruptLogException e) {
            if (isHere(header)) {
                throw e;
            }
        } catch (LogException | IllegalArgumentException | IllegalStateException e) {
            // Deleted or compacted meanwhile.
            if (isHere(header) && partition.isOpen()) {
                throw e;
            }
        }
    }
}
