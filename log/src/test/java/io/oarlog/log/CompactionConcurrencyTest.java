package io.oarlog.log;

import static io.oarlog.log.CompactedLog.compact;
import static io.oarlog.log.CompactedLog.put;
import static io.oarlog.log.CompactedLog.records;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.CompactedLog.Seen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads, appends, truncations, deletions and the end of a log beside its compaction; faults of the disk during one. */
@Timeout(120)
class CompactionConcurrencyTest {
    private static final int KEYS = 5;

    private final FaultyDisk disk = new FaultyDisk(5);

    private static void putUpTo(SegmentedLog log, long endOffset) {
        while (log.endOffset() < endOffset) {
            put(log, key(log.endOffset()), value(log.endOffset()));
        }
    }

    private static String key(long offset) {
        return "key-" + offset % KEYS;
    }

    private static String value(long offset) {
        return "v" + (1_000_000 + offset);
    }

    private SegmentedLog logOf(int records) {
        SegmentedLog log = TestLog.open(disk);
        putUpTo(log, records);
        log.flush();
        return log;
    }

    /** Does something when the next file of such a name is opened, on the thread that opens it. */
    private void beforeNextOpen(Predicate<Path> file, Runnable action) {
        AtomicBoolean isDone = new AtomicBoolean();
        disk.beforeOpen(path -> {
            if (file.test(path) && isDone.compareAndSet(false, true)) {
                action.run();
            }
        });
    }

    private void beforeSwap(Runnable action) {
        beforeNextOpen(path -> path.toString().endsWith(".index.cleaned"), action);
    }

    private void verifyNothingIsLeft() {
        assertThat(disk.contents().keySet())
                .noneMatch(path ->
                        path.toString().endsWith(".cleaned") || path.toString().endsWith(".swap"));
    }

    @Test
    void shouldShowReadersAConsistentLogMeanwhile() throws Exception {
        // given: no file stays open that nobody uses
        SegmentedLog log = SegmentedLog.open(disk, TestLog.DIRECTORY, TestLog.SETTINGS, new OpenFiles(1));

        // when, then
        compactBesideReaders(log, 40);
    }

    @Test
    void shouldShowReadersAConsistentLogMeanwhileOnTheMachinesFileSystem(@TempDir Path directory) throws Exception {
        // given: files stay open
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), directory, TestLog.SETTINGS)) {
            // when, then
            compactBesideReaders(log, 15);
        }
    }

    private static void compactBesideReaders(SegmentedLog log, int rounds) throws Exception {
        putUpTo(log, 200);
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(3);
        List<Future<Integer>> reads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            reads.add(readers.submit(() -> {
                int looks = 0;
                while (looks == 0 || !isOver.get()) {
                    verifyConsistent(log);
                    looks++;
                }
                return looks;
            }));
        }
        reads.add(readers.submit(() -> {
            int looks = 0;
            while (looks == 0 || !isOver.get()) {
                TimestampOffset found =
                        log.offsetForTimestamp(1_100, Long.MAX_VALUE).orElseThrow();
                assertThat(found.offset()).isGreaterThanOrEqualTo(100);
                assertThat(found.timestamp()).isEqualTo(1_000 + found.offset());
                looks++;
            }
            return looks;
        }));
        for (int round = 0; round < rounds; round++) {
            putUpTo(log, log.endOffset() + 50);
            assertThat(compact(log).isComplete()).isTrue();
        }
        isOver.set(true);
        for (Future<Integer> read : reads) {
            assertThat(read.get()).isPositive();
        }
        readers.shutdown();
        verifyConsistent(log);
        assertThat(records(log)).hasSizeLessThan(60);
    }

    /** What is read is what was written, and of each key what was newest when the reading began, or newer. */
    private static void verifyConsistent(SegmentedLog log) {
        long end = log.endOffset();
        Map<String, Long> newest = new HashMap<>();
        for (Seen record : records(log)) {
            assertThat(record.key()).isEqualTo(key(record.offset()));
            assertThat(record.value()).isEqualTo(value(record.offset()));
            newest.put(String.valueOf(record.key()), record.offset());
        }
        for (long offset = end - KEYS; offset < end; offset++) {
            assertThat(newest.get(key(offset))).isGreaterThanOrEqualTo(offset);
        }
    }

    @Test
    void shouldAskAgainWhenASegmentIsReplacedBetweenTwoLooks() {
        // given: a first segment below the start, which a compaction leaves alone
        SegmentedLog log = SegmentedLog.open(disk, TestLog.DIRECTORY, TestLog.SETTINGS, new OpenFiles(1));
        putUpTo(log, 45);
        long second = log.segments().get(1).baseOffset();
        log.advanceStartOffset(second);
        beforeNextOpen(TestLog.segment(0).logFile()::equals, () -> compact(log));

        // when
        TimestampOffset found = log.offsetForTimestamp(0, 45).orElseThrow();

        // then
        assertThat(found.offset()).isGreaterThan(second);
        assertThat(records(log).get(0).offset()).isEqualTo(found.offset());
    }

    /** A producer chooses what lies where the new index would send a reader of the old file. */
    @Test
    void shouldNotReadAnOldSegmentByTheIndexOfTheNewOne() throws IOException {
        // given: the first batch will be 61 bytes long, so the third begins earlier then, inside the second
        SegmentedLog log = TestLog.open(disk);
        TestLog.appendBytes(log, List.of(batch(0, "old", new byte[100])));
        int shift = (int) log.segments().get(0).sizeInBytes() - BatchHeader.BYTES;
        ByteBuffer third = batch(2, "third", new byte[] {3});
        // As long as up to the fourth, where the reader goes on.
        byte[] forged = TestBatches.at(2)
                .build()
                .putInt(BatchHeader.LENGTH_POSITION, shift + third.remaining() - BatchHeader.LENGTH_END)
                .array();
        byte[] value = new byte[200];
        System.arraycopy(forged, 0, value, value.length - shift + 1, BatchHeader.BYTES);
        TestLog.appendBytes(log, List.of(batch(1, "forger", value)));
        TestLog.appendBytes(log, List.of(third));
        TestLog.appendBytes(log, List.of(batch(3, "old", new byte[] {4})));
        putUpTo(log, 25);
        log.close();
        SegmentedLog reopened = TestLog.open(disk);
        beforeNextOpen(TestLog.segment(0).indexFile()::equals, () -> compact(reopened));

        // when
        ByteBuffer read = reopened.read(2, 1, 3);

        // then
        assertThat(read).isEqualTo(third);
        assertThat(reopened.read(0, 1, 1).remaining()).isEqualTo(BatchHeader.BYTES);
    }

    private static ByteBuffer batch(long offset, String key, byte[] value) {
        return CompactedLog.batch(
                offset, CompressionType.NONE, new SimpleRecord(1_000 + offset, key.getBytes(UTF_8), value));
    }

    @Test
    void shouldCloseTheReplacedFiles() {
        // given
        SegmentedLog log = logOf(45);
        records(log);

        // when
        compact(log);
        records(log);

        // then
        assertThat(disk.openFiles()).isEqualTo(log.segments().size());
        log.close();
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void shouldSendARegionAsItWasWhenItWasFound() throws IOException {
        // given
        SegmentedLog log = logOf(45);
        byte[] before = TestBatches.bytes(log.read(0, 1 << 20, 45));
        LogRegion region = log.region(0, 1, 1 << 20, 45).orElseThrow();

        // when
        compact(log);

        // then
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        region.transferTo(Channels.newChannel(sent), 0);
        region.close();
        assertThat(sent.toByteArray()).isEqualTo(before);
    }

    @Test
    void shouldTakeAppendsWhileItCopies() {
        // given
        SegmentedLog log = logOf(45);
        beforeSwap(() -> putUpTo(log, 75));

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.isComplete()).isTrue();
        assertThat(log.endOffset()).isEqualTo(75);
        verifyConsistent(log);
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        SegmentedLog reopened = TestLog.open(disk);
        verifyConsistent(reopened);
        assertThat(reopened.endOffset()).isLessThanOrEqualTo(75);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3, 12, 40})
    void shouldGiveUpWhenTheLogIsTruncatedMeanwhile(long newEnd) {
        // given
        SegmentedLog log = logOf(45);
        List<Seen> before = records(log);
        beforeSwap(() -> log.truncateTo(newEnd));

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.isComplete()).isFalse();
        assertThat(records(log)).isEqualTo(before.subList(0, (int) newEnd));
        verifyNothingIsLeft();
        putUpTo(log, 60);
        assertThat(compact(log).isComplete()).isTrue();
        verifyConsistent(log);
    }

    @Test
    void shouldGiveUpWhenItsSegmentsAreDeletedMeanwhile() {
        // given
        SegmentedLog log = logOf(45);
        beforeSwap(() -> {
            log.advanceStartOffset(25);
            log.deleteObsoleteSegments();
        });

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.isComplete()).isFalse();
        assertThat(log.startOffset()).isEqualTo(25);
        assertThat(disk.openFiles()).isLessThanOrEqualTo(log.segments().size());
        verifyNothingIsLeft();
        assertThat(compact(log).isComplete()).isTrue();
        verifyConsistent(log);
    }

    @Test
    void shouldGiveUpWhenTheLogStartsAnewMeanwhile() {
        // given
        SegmentedLog log = logOf(45);
        beforeSwap(() -> log.startAnewAt(100));

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.isComplete()).isFalse();
        assertThat(log.endOffset()).isEqualTo(100);
        verifyNothingIsLeft();
        putUpTo(log, 160);
        assertThat(compact(log).isComplete()).isTrue();
        verifyConsistent(log);
    }

    @Test
    void shouldEndBeforeTheLogIsClosed() throws Exception {
        // given: somebody closes the log while a compaction is about to swap
        SegmentedLog log = logOf(45);
        ExecutorService closer = Executors.newSingleThreadExecutor();
        List<Future<?>> closed = new ArrayList<>();
        beforeSwap(() -> {
            closed.add(closer.submit(log::close));
            awaitClosed(log);
            assertThat(closed.get(0).isDone()).isFalse();
        });

        // when
        CompactionReport report = compact(log);

        // then
        assertThat(report.isComplete()).isFalse();
        closed.get(0).get();
        closer.shutdown();
        verifyNothingIsLeft();
        assertThat(disk.openFiles()).isZero();
        assertThatThrownBy(() -> compact(log)).isInstanceOf(IllegalStateException.class);
        verifyConsistent(TestLog.open(disk));
    }

    private static void awaitClosed(SegmentedLog log) {
        while (true) {
            try {
                log.flush();
                Thread.onSpinWait();
            } catch (IllegalStateException e) {
                return;
            }
        }
    }

    @Test
    void shouldRunOneAtATime() throws ExecutionException, InterruptedException {
        // given
        SegmentedLog log = logOf(45);
        ExecutorService other = Executors.newSingleThreadExecutor();
        List<Future<CompactionReport>> second = new ArrayList<>();
        beforeSwap(() -> second.add(other.submit(() -> compact(log))));

        // when
        CompactionReport first = compact(log);

        // then
        assertThat(first.recordsRemoved()).isPositive();
        assertThat(second.get(0).get().recordsRemoved()).isZero();
        other.shutdown();
        verifyConsistent(log);
    }

    @Test
    void shouldLeaveTheLogAsItWasWhenTheDiskIsFull() {
        for (int space = 0; space < 300; space += 20) {
            // given
            FaultyDisk full = new FaultyDisk(space);
            SegmentedLog log = TestLog.open(full);
            putUpTo(log, 45);
            log.flush();
            List<Seen> before = records(log);
            full.leaveSpace(space);

            // when
            assertThatThrownBy(() -> compact(log)).isInstanceOf(DiskFullException.class);

            // then
            assertThat(records(log)).isEqualTo(before);
            assertThat(full.contents().keySet())
                    .noneMatch(path -> path.toString().endsWith(".cleaned"));
            assertThat(full.openFiles()).isLessThanOrEqualTo(log.segments().size());
            full.heal();
            putUpTo(log, 55);
            assertThat(compact(log).isComplete()).isTrue();
            verifyConsistent(log);
        }
    }

    @Test
    void shouldBeFencedByAFailureBehindTheCommitOnly() {
        int fenced = 0;
        boolean isDone = false;
        for (int force = 1; !isDone; force++) {
            // given
            FaultyDisk failing = new FaultyDisk(force);
            SegmentedLog log = TestLog.open(failing);
            putUpTo(log, 45);
            log.flush();
            failing.failForce(force);

            // when
            try {
                compact(log);
                isDone = true;
            } catch (LogFencedException e) {
                fenced++;
            } catch (LogException e) {
                putUpTo(log, 46);
                log.flush();
            }

            // then: reads go on, whatever happened, and the next start makes it whole
            verifyConsistent(log);
            failing.powerCut(FaultyDisk.Unsynced.SCATTERED);
            verifyConsistent(TestLog.open(failing));
        }
        assertThat(fenced).isPositive();
    }

    @Test
    void shouldReportADamagedSegmentAndLeaveIt() {
        // given
        SegmentedLog log = logOf(45);
        disk.flip(TestLog.segment(0).logFile(), 70, 1);
        byte[] damaged = disk.content(TestLog.segment(0).logFile());

        // when
        assertThatThrownBy(() -> compact(log)).isInstanceOf(CorruptLogException.class);

        // then
        assertThat(disk.content(TestLog.segment(0).logFile())).isEqualTo(damaged);
        putUpTo(log, 46);
        log.flush();
        verifyNothingIsLeft();
    }
}
