package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Puts the files of a cleaned segment in the place of those of the segments that it was made of, so that a crash at any point
 * leaves the one or the others. The cleaned segment has the base offset of the first of them. Confined to its caller.
 *
 * <pre>
 * being written      <base>.log.cleaned, <base>.index.cleaned, <base>.timeindex.cleaned      old files are the log
 * commit             <base>.log.cleaned becomes <base>.log.swap, durably                     from here on the new one is
 * checkpoint         rewritten, durably, by the caller
 * finish             the old files but <base>.log go, durably
 *                    the index files get their names
 *                    <base>.log.swap becomes <base>.log, durably
 * </pre>
 *
 * Recovery finishes what is committed and deletes the rest. The swap file goes last, so that it can begin again.
 */
final class SegmentSwap {
    private static final String CLEANED = ".cleaned";
    private static final String SWAP = ".swap";

    private final Disk disk;
    private final SegmentName name;

    /** @param name of the cleaned segment */
    SegmentSwap(Disk disk, SegmentName name) {
        this.disk = disk;
        this.name = name;
    }

    Path cleanedLogFile() {
        return with(name.logFile(), CLEANED);
    }

    Path cleanedIndexFile() {
        return with(name.indexFile(), CLEANED);
    }

    Path cleanedTimeIndexFile() {
        return with(name.timeIndexFile(), CLEANED);
    }

    private Path swapFile() {
        return with(name.logFile(), SWAP);
    }

    private static Path with(Path path, String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    /** Commits; durable after a sync of the directory. */
    void commit() throws IOException {
        disk.move(cleanedLogFile(), swapFile());
    }

    /** @param replaced segments that the cleaned one was made of; files of theirs may be missing */
    void finish(List<SegmentName> replaced) throws IOException {
        for (SegmentName old : replaced) {
            if (old.baseOffset() != name.baseOffset()) {
                deleteIfThere(old.logFile());
            }
            deleteIfThere(old.indexFile());
            deleteIfThere(old.timeIndexFile());
        }
        // Else a power cut could leave the new segment beside the old ones, or with their index.
        disk.syncDirectory(name.directory());
        nameIndexes();
        disk.move(swapFile(), name.logFile());
        disk.syncDirectory(name.directory());
    }

    /** Gives the index files that were written, durably, their names; that is durable after a sync of the directory. */
    void nameIndexes() throws IOException {
        moveIfThere(cleanedIndexFile(), name.indexFile());
        moveIfThere(cleanedTimeIndexFile(), name.timeIndexFile());
    }

    /** Deletes what was written, before the commit. */
    void discard() throws IOException {
        deleteIfThere(cleanedLogFile());
        deleteIfThere(cleanedIndexFile());
        deleteIfThere(cleanedTimeIndexFile());
        // A commit that failed midway.
        deleteIfThere(swapFile());
    }

    private void deleteIfThere(Path path) throws IOException {
        if (disk.exists(path)) {
            disk.delete(path);
        }
    }

    private void moveIfThere(Path source, Path target) throws IOException {
        if (disk.exists(source)) {
            disk.move(source, target);
        }
    }

    /**
     * Finishes the swaps that a crash interrupted, and deletes what was not committed.
     *
     * @param checkpoint of the directory
     * @return the checkpoint as it is afterwards
     * @throws CorruptLogException when a swap file is not whole batches in a row
     */
    static Optional<LogCheckpoint> recover(Disk disk, Path directory, Optional<LogCheckpoint> checkpoint)
            throws IOException {
        List<Path> files = disk.list(directory);
        Optional<LogCheckpoint> current = checkpoint;
        for (Path file : files) {
            OptionalLong base = baseOffset(file, ".log" + SWAP);
            if (base.isPresent()) {
                SegmentName name = new SegmentName(directory, base.getAsLong());
                current = new SegmentSwap(disk, name).recover(file, files, current);
            }
        }
        for (Path file : files) {
            if (file.toString().endsWith(CLEANED) && disk.exists(file)) {
                disk.delete(file);
            }
        }
        return current;
    }

    /** What the next start will do about swaps that were interrupted. */
    static List<LogFinding> leftovers(Disk disk, Path directory) throws IOException {
        List<LogFinding> found = new ArrayList<>();
        for (Path file : disk.list(directory)) {
            if (baseOffset(file, ".log" + SWAP).isPresent()) {
                found.add(leftover(file, "a compacted segment about to take its place; the next start finishes that"));
            } else if (file.toString().endsWith(CLEANED)) {
                found.add(leftover(file, "left by a compaction; the next start uses or deletes it"));
            }
        }
        return found;
    }

    private static LogFinding leftover(Path file, String what) {
        return new LogFinding(LogFinding.Kind.NOTE, file, 0, LogFinding.NO_OFFSET, what);
    }

    private Optional<LogCheckpoint> recover(Path swapFile, List<Path> files, Optional<LogCheckpoint> checkpoint)
            throws IOException {
        // A process that was killed may have left the name in memory only; the old files must not go before.
        disk.syncDirectory(name.directory());
        SegmentState state = stateOf(swapFile);
        Optional<LogCheckpoint> corrected = checkpoint.map(found -> found.withReplaced(state));
        if (corrected.isPresent() && !corrected.equals(checkpoint)) {
            corrected.get().write(disk, name.directory());
            disk.syncDirectory(name.directory());
        }
        finish(namesIn(files, state));
        return corrected;
    }

    private List<SegmentName> namesIn(List<Path> files, SegmentState state) {
        List<SegmentName> names = new ArrayList<>();
        for (Path file : files) {
            OptionalLong base = SegmentName.baseOffsetOf(file);
            if (base.isPresent() && base.getAsLong() >= state.baseOffset() && base.getAsLong() < state.endOffset()) {
                names.add(new SegmentName(name.directory(), base.getAsLong()));
            }
        }
        return names;
    }

    private SegmentState stateOf(Path swapFile) throws IOException {
        try (DiskFile file = disk.open(swapFile)) {
            BatchCursor cursor =
                    new BatchCursor(new FileWindow(file, swapFile, file.size(), 64 * 1024), 0, name.baseOffset());
            long firstTimestamp = SegmentIndexes.NO_TIMESTAMP;
            long maxTimestamp = SegmentIndexes.NO_TIMESTAMP;
            while (cursor.hasNext()) {
                BatchHeader header = cursor.next();
                firstTimestamp = cursor.position() == 0 ? header.maxTimestamp() : firstTimestamp;
                maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp());
            }
            return new SegmentState(
                    name.baseOffset(), cursor.nextPosition(), cursor.nextOffset(), firstTimestamp, maxTimestamp);
        }
    }

    private static OptionalLong baseOffset(Path file, String suffix) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(suffix)
                ? SegmentName.baseOffsetOf(Path.of(name.substring(0, name.length() - SWAP.length())))
                : OptionalLong.empty();
    }
}
