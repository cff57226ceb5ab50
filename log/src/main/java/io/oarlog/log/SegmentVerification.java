package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Checks one segment's file, indexes and place in the checkpoint, once. Confined to its caller. */
final class SegmentVerification {
    private final Disk disk;
    private final LogFiles files;
    private final SegmentName name;
    private final boolean isLast;
    private final int indexIntervalBytes;
    private final OptionalLong acknowledgedEnd;
    private final LogInspection.Visitor visitor;
    private final SegmentState known;
    private final SegmentIndexes indexes;

    private long batches;
    private long records;
    private long bytes;
    private long firstTimestamp = SegmentIndexes.NO_TIMESTAMP;
    private long maxTimestamp = SegmentIndexes.NO_TIMESTAMP;
    private boolean isSound = true;
    private boolean isComparedWithCheckpoint;
    private Optional<Tail> tail = Optional.empty();

    SegmentVerification(
            Disk disk,
            LogFiles files,
            SegmentName name,
            boolean isLast,
            int indexIntervalBytes,
            OptionalLong acknowledgedEnd,
            LogInspection.Visitor visitor) {
        this.disk = disk;
        this.files = files;
        this.name = name;
        this.isLast = isLast;
        this.indexIntervalBytes = indexIntervalBytes;
        this.acknowledgedEnd = acknowledgedEnd;
        this.visitor = visitor;
        this.known = files.known(name);
        this.indexes = SegmentIndexes.empty(name.baseOffset(), indexIntervalBytes);
    }

    /**
     * What was found, the tail not counted.
     *
     * @param endOffset exclusive, of all whole batches, those of the tail included
     * @param endPosition behind the last byte that is not the tail's
     */
    record Result(long endOffset, long endPosition, long batches, long records, long bytes, Optional<Tail> tail) {}

    /** What was never acknowledged, from its first byte on. Immutable. */
    record Tail(Path file, long position, long offset, long bytes) {
        Tail plus(long moreBytes) {
            return new Tail(file, position, offset, bytes + moreBytes);
        }
    }

    Result run() throws IOException {
        long size = disk.size(name.logFile());
        files.shortened(name, size).ifPresent(this::onDamage);
        long endOffset;
        try (DiskFile file = disk.open(name.logFile())) {
            endOffset = walk(new SegmentWalk(file, name, size), size);
        }
        if (isSound && isListed() && !isComparedWithCheckpoint) {
            reportCheckpoint("no batch ends at position " + known.sizeInBytes());
        }
        boolean isClosed = isListed() && known.sizeInBytes() == size;
        verifyIndex(
                IndexFile.ofOffsets(disk, name, indexIntervalBytes),
                indexes.offsets().entries(),
                isClosed);
        verifyIndex(
                IndexFile.ofTimes(disk, name, indexIntervalBytes),
                indexes.times().entries(),
                isClosed);
        long endPosition = tail.map(Tail::position).orElse(size);
        return new Result(endOffset, endPosition, batches, records, bytes, tail);
    }

    /** @return where the whole batches end */
    private long walk(SegmentWalk walk, long size) {
        while (walk.hasNext()) {
            compareWithCheckpoint(walk);
            long position = walk.position();
            long offset = walk.offset();
            Optional<Defect> frameDefect = walk.frameDefect();
            Optional<Defect> defect = frameDefect.or(walk::crcDefect);
            if (defect.isEmpty()) {
                onSoundBatch(walk.next(), position);
            } else if (isTorn(walk)) {
                addTail(position, offset, size - position);
                return offset;
            } else {
                Optional<BatchHeader> placed = frameDefect.isEmpty() ? walk.framed() : Optional.empty();
                walk.skipDamaged();
                onDamage(LogInspection.damage(name, position, offset, defect.get(), walk));
                placed.ifPresent(
                        header -> visitor.onBatch(new InspectedBatch(name.logFile(), position, header, false)));
                bytes += walk.position() - position;
            }
        }
        compareWithCheckpoint(walk);
        return walk.offset();
    }

    private void onSoundBatch(BatchHeader header, long position) {
        indexes.onBatch(header, position, maxTimestamp);
        maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp());
        firstTimestamp = position == 0 ? header.maxTimestamp() : firstTimestamp;
        if (acknowledgedEnd.isPresent() && header.baseOffset() >= acknowledgedEnd.getAsLong()) {
            addTail(position, header.baseOffset(), header.sizeInBytes());
            return;
        }
        batches++;
        records += header.recordCount();
        bytes += header.sizeInBytes();
        visitor.onBatch(new InspectedBatch(name.logFile(), position, header, true));
    }

    private void addTail(long position, long offset, long moreBytes) {
        tail = Optional.of(tail.map(found -> found.plus(moreBytes))
                .orElseGet(() -> new Tail(name.logFile(), position, offset, moreBytes)));
    }

    /** Whether the damaged batch was being written when the process or the machine stopped. */
    private boolean isTorn(SegmentWalk walk) {
        if (!isLast || walk.position() < known.sizeInBytes()) {
            return false;
        }
        return acknowledgedEnd.isPresent()
                ? walk.offset() >= acknowledgedEnd.getAsLong()
                : !walk.isFollowedByWholeBatch();
    }

    private void onDamage(LogFinding damage) {
        isSound = false;
        visitor.onFinding(damage);
    }

    private boolean isListed() {
        return checkpointed().contains(known);
    }

    private List<SegmentState> checkpointed() {
        return files.checkpoint().map(LogCheckpoint::segments).orElse(List.of());
    }

    private void compareWithCheckpoint(SegmentWalk walk) {
        if (!isSound || !isListed() || isComparedWithCheckpoint || walk.position() != known.sizeInBytes()) {
            return;
        }
        isComparedWithCheckpoint = true;
        if (walk.offset() != known.endOffset()) {
            reportCheckpoint("expected end offset " + walk.offset() + ", found " + known.endOffset());
        } else if (known.sizeInBytes() > 0 && maxTimestamp != known.maxTimestamp()) {
            reportCheckpoint("expected largest timestamp " + maxTimestamp + ", found " + known.maxTimestamp());
        } else if (known.sizeInBytes() > 0
                && known.firstTimestamp() != firstTimestamp
                // A sealed segment that was opened without a checkpoint is not asked for it.
                && known.firstTimestamp() != SegmentIndexes.NO_TIMESTAMP) {
            reportCheckpoint("expected first timestamp " + firstTimestamp + ", found " + known.firstTimestamp());
        }
    }

    private void reportCheckpoint(String what) {
        visitor.onFinding(new LogFinding(
                LogFinding.Kind.DAMAGE,
                files.directory().resolve(LogCheckpoint.FILE),
                LogCheckpoint.positionOf(checkpointed().indexOf(known)),
                name.baseOffset(),
                "contradicts " + name.logFile().getFileName() + ": " + what));
    }

    /**
     * A sealed segment, or one that was closed, has whole index files. The last one may have them from an earlier close, or
     * half written from one that was interrupted: then they are not used.
     */
    private void verifyIndex(IndexFile index, IndexEntries all, boolean isClosed) throws IOException {
        boolean isNeeded = !isLast || isClosed;
        if (!disk.exists(index.path())) {
            if (isNeeded && disk.size(name.logFile()) > 0) {
                report(index, LogFinding.Kind.NOTE, 0, "no such file; the index is built anew when it is needed");
            }
        } else if (!isSound) {
            OptionalLong wrong = index.firstWrongPage();
            if (isNeeded && wrong.isPresent() && !index.isOfAnEarlierVersion()) {
                report(
                        index,
                        LogFinding.Kind.DAMAGE,
                        wrong.getAsLong(),
                        wrong.getAsLong() == 0
                                ? "the index's header, size or top is wrong"
                                : "the CRC of the index page that begins here is wrong");
            }
        } else {
            IndexEntries expected =
                    isNeeded ? all : all.first(Math.min(all.count(), Math.max(0, index.countInHeader())));
            OptionalLong wrong = index.firstWrongByte(expected);
            if (wrong.isPresent()) {
                boolean isHarmless = !isNeeded || index.isOfAnotherInterval() || index.isOfAnEarlierVersion();
                report(
                        index,
                        isHarmless ? LogFinding.Kind.NOTE : LogFinding.Kind.DAMAGE,
                        wrong.getAsLong(),
                        isHarmless
                                ? "not an index of this segment as it is; the next start does without it"
                                : "differs from here on from the index that the segment's batches give");
            }
        }
    }

    private void report(IndexFile index, LogFinding.Kind kind, long position, String what) {
        visitor.onFinding(new LogFinding(kind, index.path(), position, LogFinding.NO_OFFSET, what));
    }
}
