package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CompactedLog.Seen;
import io.oarlog.log.CrashExpectation.Outcome;
import io.oarlog.log.NaiveLog.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * Does random things to a log in small segments, until a fault ends it or it is done, and writes down what each of them may
 * leave behind. Everything follows from the seed. Confined to its caller.
 */
final class CrashWorkload {
    /** More than the files of a new segment but its batches take. */
    private static final int MOST_SPACE_BYTES = 600;

    /** What is done to the log. */
    private enum Step {
        APPEND,
        FLUSH,
        /** As a follower does whose leader was deposed. */
        TRUNCATE,
        ADVANCE_START,
        DELETE_OBSOLETE,
        START_ANEW,
        /** In order. */
        REOPEN,
        APPEND_TO_FULL_DISK,
        /** One of the next steps that needs room finds none. */
        FILL_DISK,
        COMPACT,
        /** One of the next writes fails. */
        FAIL_WRITE,
        /** One of the next forces of a file or syncs of a directory fails. */
        FAIL_FORCE
    }

    /** Which steps are drawn from. */
    enum Mix {
        APPENDS,
        TRUNCATIONS,
        RETENTION,
        STARTS_ANEW,
        RESTARTS,
        FULL_DISKS,
        FAILED_WRITES,
        FAILED_FORCES,
        COMPACTIONS,
        FAILED_COMPACTIONS,
        ALL;

        private List<Step> steps() {
            List<Step> own = switch (this) {
                case APPENDS -> List.of();
                case TRUNCATIONS -> List.of(Step.TRUNCATE);
                case RETENTION -> List.of(Step.ADVANCE_START, Step.DELETE_OBSOLETE);
                case STARTS_ANEW -> List.of(Step.ADVANCE_START, Step.START_ANEW);
                case RESTARTS -> List.of(Step.TRUNCATE, Step.ADVANCE_START, Step.REOPEN);
                case FULL_DISKS ->
                    List.of(Step.ADVANCE_START, Step.DELETE_OBSOLETE, Step.APPEND_TO_FULL_DISK, Step.FILL_DISK);
                case FAILED_WRITES -> List.of(Step.TRUNCATE, Step.DELETE_OBSOLETE, Step.FAIL_WRITE);
                case FAILED_FORCES -> List.of(Step.TRUNCATE, Step.DELETE_OBSOLETE, Step.FAIL_FORCE);
                case COMPACTIONS -> List.of(Step.ADVANCE_START, Step.DELETE_OBSOLETE, Step.COMPACT);
                case FAILED_COMPACTIONS -> List.of(Step.COMPACT, Step.FILL_DISK, Step.FAIL_WRITE, Step.FAIL_FORCE);
                case ALL -> List.of(Step.values());
            };
            List<Step> steps = new ArrayList<>(own);
            steps.addAll(List.of(Step.APPEND, Step.APPEND, Step.APPEND, Step.FLUSH));
            return steps;
        }
    }

    private final Mix mix;
    private final SplittableRandom random;
    private final RandomBatches randomBatches;
    private final FaultyDisk disk;
    private final Disk underLog;
    private final LogSettings settings;
    private final CrashHistory history;
    private SegmentedLog log;

    private NaiveLog expected;
    /** Everything below was acknowledged. */
    private long flushedEnd;

    private long startOffset;
    private long durableStartOffset;

    /**
     * Opens the log.
     *
     * @param underLog what the log sees of a disk
     */
    CrashWorkload(Mix mix, long seed, CrashHistory.Found found, UnaryOperator<Disk> underLog) {
        this.mix = mix;
        random = new SplittableRandom(seed);
        randomBatches = new RandomBatches(random);
        disk = found.disk().get();
        RecordingDisk recording = new RecordingDisk(disk);
        this.underLog = underLog.apply(recording);
        settings = found.settings();
        history = new CrashHistory(found, mix + " of seed " + seed, recording.operations());
        log = SegmentedLog.open(this.underLog, TestLog.DIRECTORY, settings);
        Outcome opened = found.expectation().verify(log);
        expected = opened.log();
        flushedEnd = opened.leastEndOffset();
        startOffset = opened.startOffset();
        durableStartOffset = opened.durableStartOffset();
        done();
    }

    /** What this process did to its disk until it ended. */
    CrashHistory run(int stepCount) {
        try {
            List<Step> steps = mix.steps();
            for (int i = 0; i < stepCount; i++) {
                run(steps.get(random.nextInt(steps.size())));
            }
        } catch (LogFencedException e) {
            // The process ends here, with something under way.
        }
        log.close();
        return history;
    }

    private void run(Step step) {
        switch (step) {
            case APPEND -> append();
            case FLUSH -> flush();
            case TRUNCATE -> truncate();
            case ADVANCE_START -> advanceStart();
            case DELETE_OBSOLETE -> deleteObsolete();
            case START_ANEW -> startAnew();
            case REOPEN -> reopen();
            case APPEND_TO_FULL_DISK -> appendToFullDisk();
            case FILL_DISK -> disk.leaveSpace(random.nextInt(MOST_SPACE_BYTES));
            case COMPACT -> compact();
            case FAIL_WRITE -> disk.failWrite(1 + random.nextInt(4));
            case FAIL_FORCE -> disk.failForce(1 + random.nextInt(6));
        }
    }

    private Outcome outcome(NaiveLog batches) {
        return new Outcome(batches, flushedEnd, durableStartOffset, startOffset);
    }

    private static CrashExpectation only(Outcome outcome) {
        return new CrashExpectation(List.of(outcome));
    }

    private void done() {
        history.onDone(only(outcome(expected)));
        assertThat(log.endOffset()).isEqualTo(expected.endOffset());
        assertThat(log.startOffset()).isEqualTo(startOffset);
    }

    private void append() {
        append(randomBatches.nextFew(expected.endOffset()));
    }

    private void append(List<Batch> attempted) {
        history.onBegun(only(outcome(expected.with(attempted))));
        try {
            TestLog.appendBytes(log, attempted.stream().map(Batch::bytes).toList());
            expected = expected.with(attempted);
        } catch (DiskFullException e) {
            disk.heal();
        }
        // A new segment promises that the ones before are durable.
        List<SegmentSummary> segments = log.segments();
        flushedEnd = Math.max(flushedEnd, segments.get(segments.size() - 1).baseOffset());
        done();
    }

    private void flush() {
        log.flush();
        flushedEnd = expected.endOffset();
        done();
    }

    private void truncate() {
        List<Batch> batches =
                expected.from(startOffset).skip(startOffset > 0 ? 1 : 0).toList();
        if (batches.isEmpty()) {
            return;
        }
        Batch firstCut = batches.get(Math.max(0, batches.size() - 1 - random.nextInt(8)));
        long target = firstCut.header().baseOffset();
        flushedEnd = Math.min(flushedEnd, target);
        history.onBegun(only(outcome(expected)));
        log.truncateTo(target);
        expected = expected.before(target);
        flushedEnd = target;
        done();
    }

    private void advanceStart() {
        startOffset += random.nextLong(expected.endOffset() - startOffset + 1);
        history.onBegun(only(outcome(expected)));
        log.advanceStartOffset(startOffset);
        done();
    }

    private void deleteObsolete() {
        try {
            log.deleteObsoleteSegments();
            durableStartOffset = startOffset;
        } catch (LogFencedException e) {
            throw e;
        } catch (LogException e) {
            // No append rests on what was to be deleted: the log goes on.
            disk.heal();
        }
        done();
    }

    private void startAnew() {
        long newStartOffset = expected.endOffset() + 1 + random.nextInt(100);
        NaiveLog anew = NaiveLog.emptyAt(newStartOffset);
        history.onBegun(new CrashExpectation(List.of(outcome(expected), Outcome.exactly(anew, newStartOffset))));
        log.startAnewAt(newStartOffset);
        expected = anew;
        flushedEnd = newStartOffset;
        startOffset = newStartOffset;
        durableStartOffset = newStartOffset;
        done();
    }

    private void reopen() {
        disk.heal();
        log.close();
        log = SegmentedLog.open(underLog, TestLog.DIRECTORY, settings);
        // An advanced start may not have been written; what is there when a log is opened is durable then.
        startOffset = log.startOffset();
        durableStartOffset = startOffset;
        flushedEnd = expected.endOffset();
        done();
    }

    /** Often with what needs a new segment, which takes many steps that need room; then the log goes on as if not tried. */
    private void appendToFullDisk() {
        disk.leaveSpace(random.nextInt(MOST_SPACE_BYTES));
        long end = expected.endOffset();
        append(
                random.nextInt(4) == 0
                        ? randomBatches.nextFew(end)
                        : randomBatches.nextOf(settings.segmentBytes(), end));
        disk.heal();
        append(randomBatches.nextOf(1, expected.endOffset()));
    }

    /**
     * One segment after the other is replaced, and what each of them holds then is taken from the log: no record may be gone
     * but those that newer ones supersede.
     */
    private void compact() {
        int operationsBefore = history.operations().size();
        List<Seen> before = CompactedLog.records(log);
        try {
            log.compact(CompactedLog.AT_ONCE, flushedEnd, Long.MAX_VALUE);
        } catch (LogFencedException e) {
            onCompacted(operationsBefore);
            throw e;
        } catch (LogException e) {
            // What was replaced before stays so, and the log goes on.
            disk.heal();
        }
        onCompacted(operationsBefore);
        assertOnlySupersededAreGone(before, CompactedLog.records(log));
        done();
    }

    private void onCompacted(int operationsBefore) {
        NaiveLog compacted = RecoveredLog.contentOf(log);
        Set<Outcome> outcomes = new LinkedHashSet<>();
        outcomes.add(outcome(expected));
        for (SegmentSummary segment : log.segments()) {
            NaiveLog next = expected.withSegmentOf(compacted, segment);
            if (!next.equals(expected)) {
                // Nothing is replaced before all is durable.
                expected = next;
                flushedEnd = next.endOffset();
                outcomes.add(outcome(next));
            }
        }
        history.onBegunAfter(operationsBefore, new CrashExpectation(List.copyOf(outcomes)));
    }

    private static void assertOnlySupersededAreGone(List<Seen> before, List<Seen> after) {
        assertThat(before).containsSubsequence(after);
        Map<String, Long> newest = new HashMap<>();
        before.forEach(record -> newest.put(String.valueOf(record.key()), record.offset()));
        List<Seen> gone = new ArrayList<>(before);
        gone.removeAll(after);
        assertThat(gone)
                .allSatisfy(record ->
                        assertThat(newest.get(String.valueOf(record.key()))).isGreaterThan(record.offset()));
    }
}
