package io.oarlog.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Checks the files of one log, once. Confined to its caller. */
final class LogVerification {
    private final Disk disk;
    private final LogFiles files;
    private final int indexIntervalBytes;
    private final OptionalLong acknowledgedEnd;
    private final LogInspection.Visitor visitor;
    private long endOffset;
    private long batches;
    private long records;
    private long bytes;
    private LogInspection.@Nullable End end;
    private SegmentVerification.@Nullable Tail tail;

    LogVerification(
            Disk disk,
            LogFiles files,
            int indexIntervalBytes,
            OptionalLong acknowledgedEnd,
            LogInspection.Visitor visitor) {
        this.disk = disk;
        this.files = files;
        this.indexIntervalBytes = indexIntervalBytes;
        this.acknowledgedEnd = acknowledgedEnd.isEmpty()
                ? acknowledgedEnd
                // A log that was started anew may be ahead of its headers.
                : OptionalLong.of(Math.max(acknowledgedEnd.getAsLong(), files.startOffset()));
        this.visitor = visitor;
    }

    LogInspection.Summary run() throws IOException {
        Path checkpoint = files.directory().resolve(LogCheckpoint.FILE);
        if (files.checkpoint().isEmpty() && disk.exists(checkpoint)) {
            report(
                    LogFinding.Kind.DAMAGE,
                    checkpoint,
                    "not a checkpoint of this version with its size and CRC; the next start does without it");
        }
        files.missing().forEach(visitor::onFinding);
        for (SegmentName name : files.obsolete()) {
            report(LogFinding.Kind.NOTE, name.logFile(), "lies below the log's start; the next start deletes it");
        }
        verifySegments(files.live());
        reportIndexesWithoutSegment();
        reportTail();
        if (endOffset < files.startOffset()) {
            report(
                    LogFinding.Kind.NOTE,
                    files.directory(),
                    "ends at offset " + endOffset + ", below its start " + files.startOffset()
                            + "; the next start begins it anew there");
            endOffset = files.startOffset();
        }
        return new LogInspection.Summary(
                files.startOffset(), endOffset, files.live().size(), batches, records, bytes, Optional.ofNullable(end));
    }

    private void verifySegments(List<SegmentName> live) throws IOException {
        endOffset = live.isEmpty() ? files.startOffset() : live.get(0).baseOffset();
        for (int i = 0; i < live.size(); i++) {
            SegmentName name = live.get(i);
            LogFiles.gapBefore(name, endOffset).ifPresent(visitor::onFinding);
            boolean isLast = i == live.size() - 1;
            SegmentVerification.Result found = new SegmentVerification(
                            disk, files, name, isLast, indexIntervalBytes, acknowledgedEnd, visitor)
                    .run();
            endOffset = found.endOffset();
            batches += found.batches();
            records += found.records();
            bytes += found.bytes();
            if (tail == null) {
                end = new LogInspection.End(name.logFile(), found.endPosition());
            }
            found.tail().ifPresent(this::addTail);
        }
    }

    private void addTail(SegmentVerification.Tail found) {
        SegmentVerification.Tail before = tail;
        tail = before == null ? found : before.plus(found.bytes());
    }

    private void reportTail() {
        SegmentVerification.Tail found = tail;
        if (found != null) {
            endOffset = found.offset();
            visitor.onFinding(new LogFinding(
                    LogFinding.Kind.TAIL,
                    found.file(),
                    found.position(),
                    found.offset(),
                    found.bytes() + " bytes not acknowledged; the next start cuts them"));
        }
    }

    private void reportIndexesWithoutSegment() throws IOException {
        for (Path path : disk.list(files.directory())) {
            OptionalLong baseOffset = SegmentName.baseOffsetOf(path);
            if (baseOffset.isPresent()
                    && !files.names().contains(new SegmentName(files.directory(), baseOffset.getAsLong()))) {
                report(LogFinding.Kind.NOTE, path, "an index without a segment; the next start deletes it");
            }
        }
    }

    private void report(LogFinding.Kind kind, Path file, String what) {
        visitor.onFinding(new LogFinding(kind, file, 0, LogFinding.NO_OFFSET, what));
    }
}
