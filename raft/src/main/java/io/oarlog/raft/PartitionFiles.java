package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.LogException;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a partition has on disk: its segments and, after a failed write or fsync, the mark that it was fenced. Immutable.
 *
 * <p>The mark tells the next start why headers may lie in the Raft log whose data is missing: Ratis writes what it still
 * holds when it closes its log. Without the mark missing data is loss.
 */
record PartitionFiles(Disk disk, Path directory, LogSettings settings, OpenFiles openFiles) {
    private static final String FENCE_MARK = "fenced";

    SegmentedLog openLog() {
        return SegmentedLog.open(disk, directory, settings, openFiles);
    }

    boolean isMarkedFenced() {
        return isMarkedFenced(disk, directory);
    }

    /** Whether a partition's directory holds the mark. */
    static boolean isMarkedFenced(Disk disk, Path directory) {
        return disk.exists(directory.resolve(FENCE_MARK));
    }

    /** Leaves the mark, durably. */
    void markFenced() throws IOException {
        try (DiskFile file = disk.open(fenceMark())) {
            file.force();
        }
        disk.syncDirectory(directory);
    }

    /** Removes the mark, if there is one. */
    void clearFenceMark() {
        if (!isMarkedFenced()) {
            return;
        }
        try {
            disk.delete(fenceMark());
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw new LogException(fenceMark() + ": cannot be deleted", e);
        }
    }

    /** Makes durable what Raft cut from its log last: the file that it shortened, the one behind, and the names of both. */
    void syncRaftLog(Path groupDirectory) throws IOException {
        List<RaftLogFile> files = RaftLogFile.list(groupDirectory);
        for (RaftLogFile last : files.subList(Math.max(0, files.size() - 2), files.size())) {
            try (DiskFile file = disk.open(last.path())) {
                file.force();
            }
        }
        disk.syncDirectory(RaftLogFile.directory(groupDirectory));
    }

    private Path fenceMark() {
        return directory.resolve(FENCE_MARK);
    }
}
