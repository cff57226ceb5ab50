package io.oarlog.log;

import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside appends, rolls and truncations, with real threads. */
@Timeout(60)
class SegmentedLogConcurrencyTest {
    private static final int READERS = 3;
    private static final LogSettings SETTINGS = new LogSettings(3_000, Long.MAX_VALUE, 150);

    private final ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);

    @AfterEach
    void stopThreads() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldReadOnlyWhatTheLogHeldAtOneTime() throws Exception {
        for (int seed = 0; seed < 10; seed++) {
            readBesideChanges(new FaultyDisk(seed), TestLog.DIRECTORY, seed, 1_500);
        }
    }

    @Test
    void shouldReadOnlyWhatTheLogHeldAtOneTimeOnARealDisk(@TempDir Path directory) throws Exception {
        readBesideChanges(Disk.system(), directory.resolve("log"), 1, 1_000);
    }

    private void readBesideChanges(Disk disk, Path directory, int seed, int changes) throws Exception {
        // given
        SegmentedLog log = SegmentedLog.open(disk, directory, SETTINGS);
        Changes writer = new Changes(log, seed);
        AtomicBoolean isDone = new AtomicBoolean();
        List<Future<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            SplittableRandom random = new SplittableRandom(1_000L * seed + i);
            readers.add(threads.submit(() -> {
                int reads = 0;
                // At least once, however late the machine lets this thread begin.
                while (reads == 0 || !isDone.get()) {
                    writer.checkRead(random);
                    writer.checkLookup(random);
                    reads++;
                }
                return reads;
            }));
        }

        // when
        try {
            for (int i = 0; i < changes; i++) {
                writer.change();
            }
        } finally {
            isDone.set(true);
        }

        // then
        for (Future<Integer> reader : readers) {
            assertThat(reader.get()).as("reads beside seed %d", seed).isPositive();
        }
        log.close();
    }

    /**
     * The one writer and what readers may expect of it. Every batch has the number of its append as its leader epoch: in a
     * log that truncates and appends these numbers rise, and an answer put together from two times would show.
     */
    private static final class Changes {
        private final SegmentedLog log;
        private final SplittableRandom random;
        private final Map<Integer, BatchHeader> appended = new ConcurrentHashMap<>();
        private final List<Long> boundaries = new ArrayList<>(List.of(0L));
        private volatile long committed; // never truncated, rises only
        private int number;

        Changes(SegmentedLog log, int seed) {
            this.log = log;
            this.random = new SplittableRandom(seed);
        }

        void change() {
            int kind = random.nextInt(20);
            if (kind == 0) {
                truncate();
            } else if (kind == 1) {
                log.flush();
            } else {
                appendSome();
            }
            if (random.nextInt(40) == 0) {
                long below = boundaries.get(Math.max(0, boundaries.size() - 1 - random.nextInt(60)));
                committed = Math.max(committed, below);
            }
        }

        private void truncate() {
            int kept = boundaries.size();
            while (kept > 1 && boundaries.get(kept - 1) > committed && random.nextInt(30) > 0) {
                kept--;
            }
            log.truncateTo(boundaries.get(kept - 1));
            boundaries.subList(kept, boundaries.size()).clear();
        }

        private void appendSome() {
            List<ByteBuffer> batches = new ArrayList<>();
            long offset = log.endOffset();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int records = 1 + random.nextInt(3);
                ByteBuffer batch = TestBatches.at(offset)
                        .records(records)
                        .timestamps(LongStream.range(offset, offset + records).toArray())
                        .valueBytes(random.nextInt(120))
                        .leaderEpoch(++number)
                        .salt(number)
                        .build();
                appended.put(number, BatchHeader.read(batch, 0));
                batches.add(batch);
                offset += records;
                boundaries.add(offset);
            }
            TestLog.appendBytes(log, batches);
        }

        void checkRead(SplittableRandom readerRandom) {
            long stable = committed;
            long offset = readerRandom.nextLong(log.endOffset() + 1);
            ByteBuffer found;
            try {
                found = log.read(offset, readerRandom.nextInt(4_000), Long.MAX_VALUE);
            } catch (IllegalArgumentException e) {
                // Truncated since the end was looked at.
                assertThat(offset).isGreaterThan(stable);
                assertThat(e).hasMessageContaining("is not in");
                return;
            }
            List<BatchHeader> headers = RecordBatches.validate(found, Integer.MAX_VALUE);
            assertThat(headers.isEmpty() && offset < stable).isFalse();
            int lastNumber = 0;
            long expectedOffset = headers.isEmpty() ? 0 : headers.get(0).baseOffset();
            for (BatchHeader header : headers) {
                assertThat(header.baseOffset()).isEqualTo(expectedOffset);
                assertThat(header).isEqualTo(appended.get(header.leaderEpoch()));
                assertThat(header.leaderEpoch()).isGreaterThan(lastNumber);
                lastNumber = header.leaderEpoch();
                expectedOffset = header.nextOffset();
            }
            if (!headers.isEmpty()) {
                assertThat(offset)
                        .isBetween(headers.get(0).baseOffset(), headers.get(0).lastOffset());
            }
        }

        void checkLookup(SplittableRandom readerRandom) {
            long stable = committed;
            long timestamp = readerRandom.nextLong(log.endOffset() + 1);
            var found = log.offsetForTimestamp(timestamp, Long.MAX_VALUE);
            assertThat(found.isEmpty() && timestamp < stable).isFalse();
            found.ifPresent(record -> assertThat(record.offset()).isEqualTo(timestamp));
        }
    }

    @Test
    void shouldNotKeepAnIndexThatWasReadBeforeATruncation() throws Exception {
        // given: a reader that stops between the top of the first segment's index and a page of it
        FaultyDisk disk = new FaultyDisk(6);
        TestLog.openWith(disk, 15).close();
        SegmentedLog log = TestLog.open(disk);
        CountDownLatch isReading = new CountDownLatch(1);
        CountDownLatch isChanged = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        disk.beforeOpen(path -> {
            if (path.equals(segment(0).indexFile()) && opened.incrementAndGet() == 2) {
                isReading.countDown();
                await(isChanged);
            }
        });
        Callable<Long> read = () -> BatchHeader.read(log.read(6, 1, 15), 0).baseOffset();
        Future<Long> slow = threads.submit(read);
        await(isReading);

        // when: batch 5 is replaced by a larger one, and all behind it stand elsewhere
        log.truncateTo(5);
        append(log, batch(5).valueBytes(30));
        appendTo(log, 15);
        isChanged.countDown();

        // then
        assertThat(slow.get()).isEqualTo(6);
        assertThat(read.call()).isEqualTo(6);
    }

    @Test
    void shouldCloseAFileBehindItsLastReader() throws Exception {
        // given: a reader that stops in the midst of a read
        FaultyDisk disk = new FaultyDisk(7);
        TestLog.openWith(disk, 15).close();
        SegmentedLog log = TestLog.open(disk);
        CountDownLatch isReading = new CountDownLatch(1);
        CountDownLatch isClosed = new CountDownLatch(1);
        disk.beforeOpen(path -> {
            if (path.equals(TestLog.segment(0).indexFile())) {
                isReading.countDown();
                await(isClosed);
            }
        });
        Future<ByteBuffer> slow = threads.submit(() -> log.read(0, 80, 15));
        await(isReading);

        // when
        log.close();

        // then
        assertThat(disk.openFiles()).isEqualTo(1);
        isClosed.countDown();
        assertThat(slow.get()).isEqualTo(batch(0).build());
        assertThat(disk.openFiles()).isZero();
        assertThatThrownBy(() -> log.read(0, 80, 15)).isInstanceOf(IllegalStateException.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
