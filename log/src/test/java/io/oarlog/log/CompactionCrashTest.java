package io.oarlog.log;

import static io.oarlog.log.CompactedLog.compact;
import static io.oarlog.log.CompactedLog.put;
import static io.oarlog.log.CompactedLog.records;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CompactedLog.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Power cuts and kills at every step of a compaction, and at every step of the recovery behind it. */
class CompactionCrashTest {
    private static final int END_OFFSET = 35;

    /** Whether the segments are replaced one by one or all by one. */
    private enum Groups {
        SINGLE(TestLog.SETTINGS.segmentBytes()),
        JOINED(100_000);

        private final int segmentBytes;

        Groups(int segmentBytes) {
            this.segmentBytes = segmentBytes;
        }
    }

    /** Only scattered writes and names depend on chance. */
    private static int seeds(FaultyDisk.Unsynced unsynced) {
        return unsynced == FaultyDisk.Unsynced.SCATTERED ? 5 : 1;
    }

    private static SegmentedLog logOn(FaultyDisk disk, Groups groups) {
        SegmentedLog log = TestLog.open(disk);
        while (log.endOffset() < END_OFFSET) {
            boolean isTombstone = log.endOffset() % 10 == 3;
            // Some that stay, so that a segment's old index would pass for the new one's.
            String key = "key-" + (log.endOffset() % 2 == 0 ? log.endOffset() : log.endOffset() % 4);
            put(log, key, isTombstone ? null : "v" + (100 + log.endOffset()));
        }
        log.flush();
        log.configure(groups.segmentBytes, Long.MAX_VALUE);
        return log;
    }

    private static List<BatchHeader> headersFrom(SegmentedLog log, long offset) {
        List<BatchHeader> headers = new ArrayList<>();
        log.forEachBatch(offset, END_OFFSET, headers::add);
        return headers;
    }

    /**
     * What a log holds before and after, and the ranges of offsets that change as one.
     *
     * @param appended headers of all batches before
     */
    private record Expected(List<Seen> before, List<Seen> after, List<OffsetRange> swaps, List<BatchHeader> appended) {
        List<BatchHeader> appendedFrom(long offset) {
            return appended.stream()
                    .filter(header -> header.baseOffset() >= offset)
                    .toList();
        }

        /** Each range is as before or as after. */
        void verify(List<Seen> found) {
            for (OffsetRange range : swaps) {
                assertThat(range.of(found)).isIn(range.of(before), range.of(after));
            }
            long lastSwapped = swaps.get(swaps.size() - 1).endOffset();
            OffsetRange rest = new OffsetRange(lastSwapped, END_OFFSET);
            assertThat(rest.of(found)).isEqualTo(rest.of(before));
        }
    }

    private record OffsetRange(long baseOffset, long endOffset) {
        List<Seen> of(List<Seen> records) {
            return records.stream()
                    .filter(record -> record.offset() >= baseOffset && record.offset() < endOffset)
                    .toList();
        }
    }

    private static Expected expected(Groups groups) {
        SegmentedLog log = logOn(new FaultyDisk(0), groups);
        List<Seen> before = records(log);
        List<BatchHeader> appended = headersFrom(log, 0);
        List<SegmentSummary> segments = log.segments();
        List<SegmentSummary> sealed = segments.subList(0, segments.size() - 1);
        compact(log);
        List<OffsetRange> swaps = groups == Groups.JOINED
                ? List.of(new OffsetRange(0, sealed.get(sealed.size() - 1).endOffset()))
                : sealed.stream()
                        .map(segment -> new OffsetRange(segment.baseOffset(), segment.endOffset()))
                        .toList();
        return new Expected(before, records(log), swaps, appended);
    }

    /** Whether it came to its end. */
    private static boolean compacts(SegmentedLog log) {
        try {
            compact(log);
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveOldOrNewSegmentsAfterAPowerCutAtAnyStep(FaultyDisk.Unsynced unsynced) {
        for (Groups groups : Groups.values()) {
            Expected expected = expected(groups);
            for (int seed = 0; seed < seeds(unsynced); seed++) {
                boolean isDone = false;
                for (int step = 1; !isDone; step++) {
                    // given
                    FaultyDisk disk = new FaultyDisk(seed);
                    SegmentedLog log = logOn(disk, groups);
                    disk.killAfter(step);
                    isDone = compacts(log);

                    // when
                    disk.powerCut(unsynced);

                    // then
                    verify(disk, expected, "seed " + seed + ", step " + step);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveOldOrNewSegmentsAfterAPowerCutAtAnyStepOfARecovery(FaultyDisk.Unsynced unsynced) {
        verifyCrashesOfRecovery(unsynced, disk -> disk.powerCut(unsynced));
    }

    /** What the first recovery finds may not be durable yet. */
    @ParameterizedTest
    @EnumSource
    void shouldHaveOldOrNewSegmentsAfterAPowerCutAtAnyStepOfARecoveryFromAKill(FaultyDisk.Unsynced unsynced) {
        verifyCrashesOfRecovery(unsynced, FaultyDisk::restart);
    }

    private static void verifyCrashesOfRecovery(FaultyDisk.Unsynced unsynced, Consumer<FaultyDisk> firstCrash) {
        for (Groups groups : Groups.values()) {
            Expected expected = expected(groups);
            for (int seed = 0; seed < seeds(unsynced); seed++) {
                verifyCrashesOfRecovery(groups, expected, seed, unsynced, firstCrash);
            }
        }
    }

    private static void verifyCrashesOfRecovery(
            Groups groups, Expected expected, int seed, FaultyDisk.Unsynced unsynced, Consumer<FaultyDisk> firstCrash) {
        boolean isDone = false;
        for (int step = 1; !isDone; step++) {
            boolean isRecovered = false;
            for (int recoveryStep = 1; !isRecovered; recoveryStep++) {
                // given
                FaultyDisk disk = new FaultyDisk(seed);
                SegmentedLog log = logOn(disk, groups);
                disk.killAfter(step);
                isDone = compacts(log);
                firstCrash.accept(disk);
                disk.killAfter(recoveryStep);
                isRecovered = opens(disk);

                // when
                disk.powerCut(unsynced);

                // then
                verify(disk, expected, "seed " + seed + ", step " + step + ", then " + recoveryStep);
            }
        }
    }

    private static boolean opens(FaultyDisk disk) {
        try {
            TestLog.open(disk).close();
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    private static void verify(FaultyDisk disk, Expected expected, String when) {
        InspectedLog inspected =
                InspectedLog.verify(disk, TestLog.SETTINGS.indexIntervalBytes(), OptionalLong.of(END_OFFSET));
        SegmentedLog reopened = TestLog.open(disk);
        assertThat(reopened.endOffset()).as(when).isEqualTo(END_OFFSET);
        assertThat(inspected.damage()).as(when).isEmpty();
        assertThat(inspected.headers()).as("%s, inspected", when).isEqualTo(headersFrom(reopened, 0));
        List<Seen> found = records(reopened);
        expected.verify(found);
        long rewrittenEnd = reopened.rewrittenEndOffset();
        assertThat(headersFrom(reopened, rewrittenEnd))
                .as("%s, not rewritten from %d on", when, rewrittenEnd)
                .isEqualTo(expected.appendedFrom(rewrittenEnd));
        assertThat(reopened.segments())
                .as(when)
                .allSatisfy(segment -> assertThat(segment.sizeInBytes()).isPositive());
        assertThat(disk.contents().keySet())
                .as(when)
                .noneMatch(path ->
                        path.toString().endsWith(".cleaned") || path.toString().endsWith(".swap"));
        // The indexes find what is there.
        for (Seen record : found) {
            assertThat(BatchHeader.read(reopened.read(record.offset(), 1, END_OFFSET), 0)
                            .baseOffset())
                    .as(when)
                    .isEqualTo(record.offset());
        }
        compact(reopened);
        assertThat(newestValues(records(reopened))).as(when).isEqualTo(newestValues(expected.before()));
        put(reopened, "more", "v");
        reopened.flush();
        reopened.close();
        SegmentedLog again = TestLog.open(disk);
        assertThat(again.recovery().isClean()).as(when).isTrue();
        assertThat(again.endOffset()).as(when).isEqualTo(END_OFFSET + 1);
    }

    private static Map<String, Seen> newestValues(List<Seen> records) {
        Map<String, Seen> newest = new TreeMap<>();
        for (Seen record : records) {
            String key = String.valueOf(record.key());
            if (record.value() == null) {
                newest.remove(key);
            } else {
                newest.put(key, record);
            }
        }
        return newest;
    }
}
