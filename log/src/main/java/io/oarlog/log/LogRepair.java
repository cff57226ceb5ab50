package io.oarlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts sound batches in the place of a stretch of a log whose files are damaged or missing, while nobody has the log open. The
 * stretch is whole segments. What is put there is written beside them, whole and durable, before any file of the log is
 * touched; a crash midway leaves a log that is damaged still, or one that is not. Confined to its caller.
 *
 * <pre>
 * being written      segments in the directory "repair"
 * commit             the checkpoint tells nothing of the stretch any more, durably
 *                    the stretch's indexes go, durably: they are built anew when the log is opened
 *                    the new segments take their places, from the last one on
 *                    old segments that have none go, durably, and so does "repair"
 * </pre>
 */
public final class LogRepair implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(LogRepair.class);
    private static final String DIRECTORY = "repair";

    private final Disk disk;
    private final Path directory;
    private final Path repairDirectory;
    private final long fromOffset;
    private final boolean isStart;
    private final SegmentedLog written;
    private long rewrittenEndOffset;

    private LogRepair(Disk disk, Path directory, long fromOffset, boolean isStart, SegmentedLog written) {
        this.disk = disk;
        this.directory = directory;
        this.repairDirectory = directory.resolve(DIRECTORY);
        this.fromOffset = fromOffset;
        this.isStart = isStart;
        this.written = written;
    }

    /**
     * Begins to write a stretch; forgets what an earlier repair left.
     *
     * @param directory of the log
     * @param settings by which the stretch is cut into segments
     * @param fromOffset of the first batch of the stretch
     * @throws LogException when the directory cannot be written to
     */
    public static LogRepair begin(Disk disk, Path directory, LogSettings settings, long fromOffset) {
        return begin(disk, directory, settings, fromOffset, false);
    }

    /** As {@link #begin}, and the log starts with the stretch then: what lies below is forgotten with the commit. */
    public static LogRepair beginAtStart(Disk disk, Path directory, LogSettings settings, long fromOffset) {
        return begin(disk, directory, settings, fromOffset, true);
    }

    private static LogRepair begin(Disk disk, Path directory, LogSettings settings, long fromOffset, boolean isStart) {
        Path repairDirectory = directory.resolve(DIRECTORY);
        try {
            disk.createDirectories(directory);
            deleteLeftover(disk, directory);
        } catch (IOException e) {
            throw new LogException(repairDirectory + ": cannot be deleted", e);
        }
        SegmentedLog written = SegmentedLog.open(disk, repairDirectory, settings);
        if (fromOffset > 0) {
            written.startAnewAt(fromOffset);
        }
        return new LogRepair(disk, directory, fromOffset, isStart, written);
    }

    /** Deletes what a repair that did not come to its end wrote. */
    static void deleteLeftover(Disk disk, Path directory) throws IOException {
        Path repairDirectory = directory.resolve(DIRECTORY);
        if (disk.isDirectory(repairDirectory)) {
            disk.deleteRecursively(repairDirectory);
        }
    }

    /** Writes the batches that follow; see {@link SegmentedLog#append}. */
    public void append(ByteBuffer batches, List<BatchHeader> headers) {
        written.append(List.of(batches), headers);
    }

    /** Begins another segment with the batches that follow; see {@link SegmentedLog#roll}. */
    public void roll() {
        written.roll();
    }

    /** What is written may not be as it was appended once, below an offset: see {@link SegmentedLog#rewrittenEndOffset}. */
    public void rewrittenTo(long endOffset) {
        rewrittenEndOffset = Math.max(rewrittenEndOffset, endOffset);
    }

    /** Offset behind what was written so far. */
    public long endOffset() {
        return written.endOffset();
    }

    /**
     * Puts what was written in the place of all segments that begin in the stretch; durable on return.
     *
     * @param toOffset where the stretch ends, exclusive: a segment that begins there stays
     * @throws IllegalArgumentException when other offsets were written; nothing is changed
     * @throws LogException when files cannot be replaced; the log is damaged still, and can be repaired again
     */
    public void commit(long toOffset) {
        if (written.endOffset() != toOffset) {
            throw new IllegalArgumentException(directory + ": offsets from " + fromOffset + " to " + written.endOffset()
                    + " were written, not to " + toOffset);
        }
        replaceUpTo(toOffset);
    }

    /** As {@link #commit}, of the end of the log: nothing of it stays that begins in the stretch or behind it. */
    public void commitEnd() {
        replaceUpTo(Long.MAX_VALUE);
    }

    private void replaceUpTo(long toOffset) {
        written.flush();
        written.close();
        try {
            forgetCheckpointed(toOffset);
            replace(segmentsIn(directory, toOffset), segmentsIn(repairDirectory, toOffset));
            disk.deleteRecursively(repairDirectory);
            disk.syncDirectory(directory);
        } catch (IOException e) {
            throw new LogException(directory + ": segments cannot be replaced", e);
        }
    }

    private void forgetCheckpointed(long toOffset) throws IOException {
        Optional<LogCheckpoint> found = LogCheckpoint.read(disk, directory);
        // Without one nobody would know that the log may start above what others require.
        if (found.isPresent() || isStart) {
            LogCheckpoint checkpoint = found.orElse(new LogCheckpoint(fromOffset, CompactionProgress.NONE, List.of()));
            List<SegmentState> others = checkpoint.segments().stream()
                    .filter(segment -> !isIn(segment.baseOffset(), toOffset))
                    .toList();
            long startOffset = isStart ? Math.max(fromOffset, checkpoint.startOffset()) : checkpoint.startOffset();
            // What is put there may have records that are superseded below.
            long compactedEndOffset =
                    isStart ? 0 : Math.min(checkpoint.compaction().compactedEndOffset(), fromOffset);
            CompactionProgress compaction = checkpoint
                    .compaction()
                    .withCompactedEndOffset(compactedEndOffset)
                    .withRewrittenTo(rewrittenEndOffset);
            new LogCheckpoint(startOffset, compaction, others).write(disk, directory);
            disk.syncDirectory(directory);
        }
    }

    private boolean isIn(long baseOffset, long toOffset) {
        return (isStart || baseOffset >= fromOffset) && baseOffset < toOffset;
    }

    private List<SegmentName> segmentsIn(Path where, long toOffset) throws IOException {
        return LogFiles.list(disk, where, Optional.empty()).names().stream()
                .filter(name -> isIn(name.baseOffset(), toOffset))
                .toList();
    }

    private void replace(List<SegmentName> old, List<SegmentName> repaired) throws IOException {
        for (SegmentName name : old) {
            deleteIfThere(name.indexFile());
            deleteIfThere(name.timeIndexFile());
        }
        disk.syncDirectory(directory);
        for (int i = repaired.size() - 1; i >= 0; i--) {
            SegmentName name = repaired.get(i);
            disk.move(name.logFile(), new SegmentName(directory, name.baseOffset()).logFile());
        }
        disk.syncDirectory(directory);
        for (SegmentName name : old) {
            if (repaired.stream().noneMatch(other -> other.baseOffset() == name.baseOffset())) {
                disk.delete(name.logFile());
            }
        }
    }

    private void deleteIfThere(Path path) throws IOException {
        if (disk.exists(path)) {
            disk.delete(path);
        }
    }

    /** Gives up what was not committed and its space; what a crash leaves is deleted when the log is opened, or by the next repair. */
    @Override
    public void close() {
        written.close();
        try {
            deleteLeftover(disk, directory);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("directory", repairDirectory).setCause(e).log("cannot be deleted now");
        }
    }
}
