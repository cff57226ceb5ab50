package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.LogException;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import io.oarlog.log.RequiredOffsets;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a partition has on disk: its segments and, after a failed write or fsync, the mark that it was fenced. Immutable.
 *
 * <p>The mark tells the next start why headers may lie in the Raft log whose data is missing: Ratis writes what it still
 * holds when it closes its log. Without the mark missing data is loss, and so is data below what the mark says was durable: the
 * mark is the end offset of that (8 bytes).
 */
record PartitionFiles(Disk disk, Path directory, LogSettings settings, OpenFiles openFiles) {
    private static final String FENCE_MARK = "fenced";
    private static final int MARK_BYTES = Long.BYTES;

    /** See {@link SegmentedLog#open(Disk, Path, LogSettings, OpenFiles, RequiredOffsets)}. */
    SegmentedLog openLog(RequiredOffsets required) {
        return SegmentedLog.open(disk, directory, settings, openFiles, required);
    }

    OptionalLong fencedAt() throws IOException {
        return fencedAt(disk, directory);
    }

    /** What the mark in a partition's directory tells; nothing when there is none, or it was not written to its end. */
    static OptionalLong fencedAt(Disk disk, Path directory) throws IOException {
        Path mark = directory.resolve(FENCE_MARK);
        if (!disk.exists(mark)) {
            return OptionalLong.empty();
        }
        try (DiskFile file = disk.open(mark)) {
            ByteBuffer content = ByteBuffer.allocate(MARK_BYTES);
            file.read(content, 0);
            return content.hasRemaining() ? OptionalLong.empty() : OptionalLong.of(content.getLong(0));
        }
    }

    /**
     * Leaves the mark, durably.
     *
     * @param flushedEndOffset what of the log is durable, exclusive
     */
    void markFenced(long flushedEndOffset) throws IOException {
        try (DiskFile file = disk.open(fenceMark())) {
            ByteBuffer content = ByteBuffer.allocate(MARK_BYTES).putLong(0, flushedEndOffset);
            file.write(new ByteBuffer[] {content}, 0);
            file.force();
        }
        disk.syncDirectory(directory);
    }

    /** Removes the mark, if there is one. */
    void clearFenceMark() {
        if (!disk.exists(fenceMark())) {
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
