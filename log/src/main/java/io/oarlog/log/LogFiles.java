package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What lies in a log's directory, before any segment is looked into. Immutable.
 *
 * @param names of all segments, in offset order
 */
record LogFiles(Path directory, Optional<LogCheckpoint> checkpoint, List<SegmentName> names) {
    static LogFiles list(Disk disk, Path directory, Optional<LogCheckpoint> checkpoint) throws IOException {
        List<SegmentName> names = disk.list(directory).stream()
                .filter(SegmentName::isLogFile)
                .map(path -> new SegmentName(
                        directory, SegmentName.baseOffsetOf(path).orElseThrow()))
                .toList();
        return new LogFiles(directory, checkpoint, names);
    }

    /** First offset that can be read, inclusive. */
    long startOffset() {
        return checkpoint
                .map(LogCheckpoint::startOffset)
                .orElse(names.isEmpty() ? 0 : names.get(0).baseOffset());
    }

    /** How far compaction came. Without a checkpoint nobody knows; only the last segment is never rewritten. */
    CompactionProgress compaction() {
        long lastBaseOffset = names.isEmpty() ? 0 : names.get(names.size() - 1).baseOffset();
        return checkpoint
                .map(LogCheckpoint::compaction)
                .orElse(CompactionProgress.NONE.withRewrittenTo(lastBaseOffset));
    }

    /** The segments below the start as a whole, any of which an interrupted deletion may have left. */
    List<SegmentName> obsolete() {
        return names.subList(0, firstLive());
    }

    /** All others. */
    List<SegmentName> live() {
        return names.subList(firstLive(), names.size());
    }

    private int firstLive() {
        int first = 0;
        while (first + 1 < names.size() && names.get(first + 1).baseOffset() <= startOffset()) {
            first++;
        }
        return first;
    }

    /** Whether the checkpoint says something of a segment. */
    boolean isListed(SegmentName name) {
        return checkpoint.flatMap(found -> found.segment(name.baseOffset())).isPresent();
    }

    /** What the checkpoint says of a segment; when it says nothing, that no byte is known. */
    SegmentState known(SegmentName name) {
        long base = name.baseOffset();
        return checkpoint
                .flatMap(found -> found.segment(base))
                .orElse(new SegmentState(base, 0, base, SegmentIndexes.NO_TIMESTAMP, SegmentIndexes.NO_TIMESTAMP));
    }

    /** Segments that have to be there and are not, as far as the names tell: before the first one and behind the last one. */
    List<LogFinding> missing() {
        List<LogFinding> missing = new ArrayList<>();
        List<SegmentName> live = live();
        if (!live.isEmpty() && live.get(0).baseOffset() > startOffset()) {
            missing.add(damage(
                    directory,
                    startOffset(),
                    "expected a segment that holds offset " + startOffset() + ", found none below "
                            + live.get(0).logFile()));
        }
        long lastFound = live.isEmpty() ? -1 : live.get(live.size() - 1).baseOffset();
        for (SegmentState listed : checkpoint.map(LogCheckpoint::segments).orElse(List.of())) {
            if (listed.baseOffset() > lastFound && listed.sizeInBytes() > 0) {
                missing.add(damage(
                        new SegmentName(directory, listed.baseOffset()).logFile(),
                        listed.baseOffset(),
                        "expected " + listed.sizeInBytes() + " bytes, found no such file"));
            }
        }
        return missing;
    }

    /** That a segment holds fewer bytes than were durable. */
    Optional<LogFinding> shortened(SegmentName name, long sizeFound) {
        long known = known(name).sizeInBytes();
        return sizeFound >= known
                ? Optional.empty()
                : Optional.of(new LogFinding(
                        LogFinding.Kind.DAMAGE,
                        name.logFile(),
                        sizeFound,
                        LogFinding.NO_OFFSET,
                        "the file ends here, expected " + known + " bytes as the checkpoint says"));
    }

    /** That a segment does not begin where the one before it ends. */
    static Optional<LogFinding> gapBefore(SegmentName name, long expectedBaseOffset) {
        return name.baseOffset() == expectedBaseOffset
                ? Optional.empty()
                : Optional.of(damage(
                        name.logFile(),
                        expectedBaseOffset,
                        "expected base offset " + expectedBaseOffset + " where the segment before ends, found "
                                + name.baseOffset()));
    }

    private static LogFinding damage(Path file, long offset, String what) {
        return new LogFinding(LogFinding.Kind.DAMAGE, file, 0, offset, what);
    }
}
