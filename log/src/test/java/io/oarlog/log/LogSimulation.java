package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.NaiveLog.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Does random things to a log on a faulty disk and to a naive list of batches, and compares. Everything follows from the
 * seed. Confined to its caller.
 *
 * <pre>
 * running --fault comes--> fenced --process or machine goes down--> reopened (and maybe killed again) --> running
 * </pre>
 */
final class LogSimulation {
    private static final int STEPS = 60;
    private static final long NO_TRUNCATION = Long.MAX_VALUE;

    /** How the process ends. */
    private enum Crash {
        KILL,
        POWER_CUT
    }

    private final SplittableRandom random;
    private final RandomBatches randomBatches;
    private final FaultyDisk disk;
    private final List<String> history = new ArrayList<>();
    private LogSettings settings;
    private SegmentedLog log;

    /** What the log must hold, but for what a crash may have taken or left. */
    private NaiveLog expected = NaiveLog.emptyAt(0);
    /** Appends under way: a crash may leave any number of them, in order. */
    private final List<Batch> attempted = new ArrayList<>();
    /** Truncation under way: a crash may have cut down to here. */
    private long truncatingTo = NO_TRUNCATION;
    /** Everything below was flushed. */
    private long flushedEnd;

    /** Where the log starts, and where it starts for sure after a crash. */
    private long startOffset;

    private long durableStartOffset;

    private boolean isForceFailed;

    LogSimulation(long seed) {
        random = new SplittableRandom(seed);
        randomBatches = new RandomBatches(random);
        disk = new FaultyDisk(seed);
        settings = new LogSettings(
                300 + random.nextInt(1_200), random.nextBoolean() ? Long.MAX_VALUE : 100, 61 + random.nextInt(300));
        log = SegmentedLog.open(disk, TestLog.DIRECTORY, settings);
    }

    /** What was done so far, for the message of a failure. */
    List<String> history() {
        return history;
    }

    void run() throws IOException {
        for (int i = 0; i < STEPS; i++) {
            try {
                step();
            } catch (LogFencedException e) {
                onFenced();
            } catch (DiskFullException e) {
                onDiskFull();
            }
        }
        crash(Crash.POWER_CUT);
    }

    private void step() throws IOException {
        int kind = random.nextInt(100);
        if (kind < 45) {
            append();
        } else if (kind < 57) {
            flush();
        } else if (kind < 63) {
            truncate();
        } else if (kind < 65) {
            truncateInsideABatch();
        } else if (kind < 78) {
            read();
        } else if (kind < 86) {
            lookUp();
        } else if (kind < 87) {
            walk();
        } else if (kind < 88) {
            advanceStart();
        } else if (kind < 90) {
            reopen();
        } else if (kind < 95) {
            crash(random.nextInt(3) == 0 ? Crash.KILL : Crash.POWER_CUT);
        } else {
            armFault();
        }
    }

    // What is done to the log.

    private void append() {
        attempted.addAll(randomBatches.nextFew(expected.endOffset()));
        long end = expected.with(attempted).endOffset();
        history.add("append from " + expected.endOffset() + " to " + end);
        appendAttempted();
        assertThat(log.endOffset()).isEqualTo(end);
    }

    private void appendAttempted() {
        TestLog.appendBytes(log, attempted.stream().map(Batch::bytes).toList());
        expected = expected.with(attempted);
        attempted.clear();
    }

    private void flush() {
        history.add("flush");
        log.flush();
        flushedEnd = expected.endOffset();
    }

    private void truncate() {
        List<Batch> batches = expected.batches();
        int kept = batches.size() - Math.min(batches.size(), random.nextInt(8));
        long target = kept == 0 ? 0 : batches.get(kept - 1).header().nextOffset();
        while (target < startOffset) {
            target = batches.get(kept++).header().nextOffset();
        }
        truncatingTo = target;
        history.add("truncate to " + target);
        log.truncateTo(target);
        if (target < expected.endOffset()) {
            expected = expected.before(target);
            flushedEnd = target;
        }
        truncatingTo = NO_TRUNCATION;
        assertThat(log.endOffset()).isEqualTo(expected.endOffset());
    }

    private void truncateInsideABatch() {
        expected.batches().stream()
                .filter(batch ->
                        batch.header().recordCount() > 1 && batch.header().baseOffset() >= startOffset)
                .findAny()
                .ifPresent(batch -> assertThatThrownBy(
                                () -> log.truncateTo(batch.header().lastOffset()))
                        .isInstanceOf(IllegalArgumentException.class));
    }

    private void advanceStart() {
        startOffset += random.nextLong(expected.endOffset() - startOffset + 1);
        history.add("advance the start to " + startOffset);
        log.advanceStartOffset(startOffset);
        if (random.nextBoolean()) {
            history.add("delete obsolete segments");
            deleteObsoleteSegments();
        }
    }

    /** A failure does not fence the log: appends do not rest on what was to be deleted. */
    private void deleteObsoleteSegments() {
        try {
            log.deleteObsoleteSegments();
            durableStartOffset = startOffset;
        } catch (LogFencedException e) {
            throw e;
        } catch (LogException e) {
            history.add("not deleted");
            if (disk.isDead()) {
                crash(random.nextBoolean() ? Crash.KILL : Crash.POWER_CUT);
            }
        }
    }

    private void reopen() {
        history.add("reopen");
        // Kept from a fault that is armed: this is about the log's own state.
        disk.heal();
        log.close();
        open();
        verifyRecovered(expected.endOffset());
    }

    private void armFault() {
        int kind = random.nextInt(5);
        int n = 1 + random.nextInt(6);
        history.add("arm fault " + kind + " after " + n);
        switch (kind) {
            case 0 -> disk.failWrite(n);
            case 1 -> {
                disk.failForce(n);
                isForceFailed = true;
            }
            case 2 -> disk.leaveSpace(random.nextInt(1_000));
            default -> disk.killAfter(2 * n);
        }
    }

    // What the log answers.

    private void read() throws IOException {
        long offset = random.nextLong(startOffset, expected.endOffset() + 1);
        int maxBytes = random.nextInt(1_000);
        long end = random.nextInt(3) == 0 ? random.nextLong(expected.endOffset() + 1) : Long.MAX_VALUE;
        history.add("read " + offset + ", " + maxBytes + " bytes, to " + end);
        assertThat(TestBatches.bytes(log.read(offset, maxBytes, end))).isEqualTo(expectedRead(offset, maxBytes, end));
    }

    private byte[] expectedRead(long offset, int maxBytes, long endOffsetExclusive) throws IOException {
        List<Long> segments = disk.list(TestLog.DIRECTORY).stream()
                .filter(SegmentName::isLogFile)
                .map(path -> SegmentName.baseOffsetOf(path).orElseThrow())
                .toList();
        List<ByteBuffer> found = new ArrayList<>();
        int bytes = 0;
        for (Batch batch : expected.batches()) {
            BatchHeader header = batch.header();
            if (header.nextOffset() <= offset || offset >= endOffsetExclusive) {
                continue;
            }
            boolean isFirst = found.isEmpty();
            boolean isInAnotherSegment = !isFirst && segments.contains(header.baseOffset());
            boolean isTooMuch = !isFirst && bytes + header.sizeInBytes() > maxBytes;
            if (header.nextOffset() > endOffsetExclusive || isInAnotherSegment || isTooMuch) {
                break;
            }
            found.add(batch.bytes());
            bytes += header.sizeInBytes();
        }
        return TestBatches.bytes(found.toArray(ByteBuffer[]::new));
    }

    private void lookUp() {
        long timestamp = 900 + random.nextLong(400 + 5 * expected.endOffset());
        long end = random.nextInt(3) == 0 ? random.nextLong(expected.endOffset() + 1) : Long.MAX_VALUE;
        history.add("look up " + timestamp + ", to " + end);
        assertThat(log.offsetForTimestamp(timestamp, end))
                .isEqualTo(expected.firstAtOrAfter(timestamp, startOffset, end));
    }

    private void walk() {
        long from = random.nextLong(expected.endOffset() + 1);
        long end = random.nextLong(expected.endOffset() + 1);
        history.add("walk from " + from + " to " + end);
        List<BatchHeader> shown = new ArrayList<>();
        log.forEachBatch(from, end, shown::add);
        assertThat(shown)
                .isEqualTo(expected.batches().stream()
                        .map(Batch::header)
                        .filter(header ->
                                header.nextOffset() > Math.max(from, startOffset) && header.nextOffset() <= end)
                        .toList());
    }

    // Crashes.

    private void onFenced() {
        history.add("fenced");
        assertThatThrownBy(log::flush).isInstanceOf(LogFencedException.class);
        long stable = Math.min(expected.endOffset(), truncatingTo);
        assertThat(log.endOffset()).isEqualTo(stable);
        crash(random.nextBoolean() ? Crash.KILL : Crash.POWER_CUT);
    }

    /** Once there is room the same append is tried again, if the process lives until then. */
    private void onDiskFull() {
        history.add("disk full");
        assertThat(log.endOffset()).isEqualTo(expected.endOffset());
        if (random.nextInt(3) == 0) {
            crash(random.nextBoolean() ? Crash.KILL : Crash.POWER_CUT);
            return;
        }
        disk.heal();
        appendAttempted();
        assertThat(log.endOffset()).isEqualTo(expected.endOffset());
    }

    private void crash(Crash wished) {
        // Only a machine that went down forgets the pages that a failed force left behind.
        Crash crash = isForceFailed ? Crash.POWER_CUT : wished;
        goDown(crash);
        boolean isPowerCut = crash == Crash.POWER_CUT;
        while (random.nextInt(4) == 0) {
            disk.killAfter(1 + random.nextInt(10));
            try {
                open();
                log.close();
            } catch (LogException e) {
                history.add("killed while it opens");
            }
            Crash next = random.nextBoolean() ? Crash.KILL : Crash.POWER_CUT;
            isPowerCut |= next == Crash.POWER_CUT;
            goDown(next);
        }
        open();
        verifyRecovered(Math.min(isPowerCut ? flushedEnd : expected.endOffset(), truncatingTo));
        isForceFailed = false;
    }

    private void goDown(Crash crash) {
        if (crash == Crash.KILL) {
            history.add("kill");
            disk.restart();
        } else {
            FaultyDisk.Unsynced unsynced = random.nextBoolean()
                    ? FaultyDisk.Unsynced.SCATTERED
                    : random.nextBoolean() ? FaultyDisk.Unsynced.LOST : FaultyDisk.Unsynced.KEPT;
            history.add("power cut, unsynced is " + unsynced);
            disk.powerCut(unsynced);
        }
    }

    private void open() {
        inspect();
        if (random.nextInt(5) == 0) {
            settings = settings.withIndexIntervalBytes(61 + random.nextInt(300));
        }
        log = SegmentedLog.open(disk, TestLog.DIRECTORY, settings);
    }

    /** Whatever a crash left, it is no damage, and what had to survive is shown. */
    private void inspect() {
        InspectedLog found = InspectedLog.verify(
                disk, settings.indexIntervalBytes(), OptionalLong.of(Math.min(flushedEnd, truncatingTo)));
        // A second crash, while an index is written over, leaves it half written: nothing tells it from a damaged one.
        assertThat(found.damage())
                .as("damage")
                .allSatisfy(damage -> assertThat(damage.file().toString()).endsWith("index"));
        long firstStored = found.firstStoredOffset();
        assertThat(found.headers())
                .isEqualTo(expected.batches().stream()
                        .map(Batch::header)
                        .filter(header -> header.baseOffset() >= firstStored
                                && header.nextOffset() <= found.summary().endOffset())
                        .toList());
        assertThat(found.summary().endOffset()).isGreaterThanOrEqualTo(Math.min(flushedEnd, truncatingTo));
    }

    /** Everything that had to survive is there, nothing is there that was never appended, and the indexes find it. */
    private void verifyRecovered(long leastEndOffset) {
        expected = expected.with(attempted);
        attempted.clear();
        truncatingTo = NO_TRUNCATION;
        assertThat(log.startOffset()).as("start offset").isBetween(durableStartOffset, startOffset);
        startOffset = log.startOffset();
        durableStartOffset = startOffset;
        assertThat(log.endOffset()).as("end offset").isGreaterThanOrEqualTo(Math.max(leastEndOffset, startOffset));
        expected = expected.before(log.endOffset());
        assertThat(log.endOffset()).as("end offset").isEqualTo(expected.endOffset());
        assertThat(TestLog.readAll(log, startOffset)).isEqualTo(expected.bytesFrom(startOffset));
        expected.from(startOffset).forEach(batch -> {
            ByteBuffer found = log.read(batch.header().lastOffset(), 1, Long.MAX_VALUE);
            assertThat(found).isEqualTo(batch.bytes());
        });
        for (int i = 0; i < 5; i++) {
            lookUp();
        }
        flushedEnd = expected.endOffset();
    }
}
