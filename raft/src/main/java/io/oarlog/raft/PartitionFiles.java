package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.LogException;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import io.oarlog.log.RequiredOffsets;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What a partition has on disk: its segments and, after a failed write or fsync, the mark that it was fenced. Immutable.
 *
 * <p>The mark tells the next start why headers may lie in the Raft log whose data is missing: Ratis writes what it still
 * holds when it closes its log. Without the mark missing data is loss, and so is data below what the mark says was durable: the
 * mark is an empty file with the end offset of that in its name.
 */
record PartitionFiles(Disk disk, Path directory, LogSettings settings, OpenFiles openFiles) {
    private static final String FENCE_MARK = "fenced-";

    /**
     * See {@link SegmentedLog#open(Disk, Path, LogSettings, OpenFiles, RequiredOffsets)}; segments are cut as they were last.
     *
     * @throws IOException when it cannot be read how that was
     */
    SegmentedLog openLog(RequiredOffsets required) throws IOException {
        return SegmentedLog.open(disk, directory, ownSettings(), openFiles, required);
    }

    /** How the segments of this partition are cut. */
    LogSettings ownSettings() throws IOException {
        return SegmentSettings.read(disk, directory)
                .map(found -> found.in(settings))
                .orElse(settings);
    }

    /** Keeps how segments are cut from now on for the next start; writes only when that is another way. */
    void keep(SegmentSettings newest) throws IOException {
        if (!newest.equals(SegmentSettings.read(disk, directory).orElse(SegmentSettings.of(settings)))) {
            newest.write(disk, directory);
        }
    }

    OptionalLong fencedAt() throws IOException {
        return fencedAt(disk, directory);
    }

    /** What the mark in a partition's directory tells; nothing when there is none. */
    static OptionalLong fencedAt(Disk disk, Path directory) throws IOException {
        return fenceMarks(disk, directory).stream()
                .mapToLong(mark ->
                        Long.parseLong(String.valueOf(mark.getFileName()).substring(FENCE_MARK.length())))
                .max();
    }

    private static List<Path> fenceMarks(Disk disk, Path directory) throws IOException {
        if (!disk.isDirectory(directory)) {
            return List.of();
        }
        return disk.list(directory).stream()
                .filter(path -> String.valueOf(path.getFileName()).matches(FENCE_MARK + "\\d{20}"))
                .toList();
    }

    /**
     * Leaves the mark, durably, also on a disk that is full but for a name.
     *
     * @param flushedEndOffset what of the log is durable, exclusive
     */
    void markFenced(long flushedEndOffset) throws IOException {
        try (DiskFile file = disk.open(directory.resolve(fenceMark(flushedEndOffset)))) {
            file.force();
        }
        disk.syncDirectory(directory);
    }

    static String fenceMark(long flushedEndOffset) {
        return FENCE_MARK + String.format(Locale.ROOT, "%020d", flushedEndOffset);
    }

    /** Removes the mark, if there is one. */
    void clearFenceMark() {
        try {
            List<Path> marks = fenceMarks(disk, directory);
            for (Path mark : marks) {
                disk.delete(mark);
            }
            if (!marks.isEmpty()) {
                disk.syncDirectory(directory);
            }
        } catch (IOException e) {
            throw new LogException(directory + ": the mark of a fence cannot be deleted", e);
        }
    }

    /** Makes durable what Raft cut from its log last: the file that it shortened, the one behind, and the names of both. */
    void syncRaftLog(Path groupDirectory) throws IOException {
        List<RaftLogFile> files = RaftLogFile.list(groupDirectory);
        if (files.isEmpty()) {
            return;
        }
        for (RaftLogFile last : files.subList(Math.max(0, files.size() - 2), files.size())) {
            try (DiskFile file = disk.open(last.path())) {
                file.force();
            }
        }
        disk.syncDirectory(RaftLogFile.directory(groupDirectory));
    }
}
