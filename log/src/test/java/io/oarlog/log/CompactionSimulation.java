package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CompactedLog.Seen;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Appends random keyed records to a log, compacts it, restarts it and takes its power away, and compares it with a plain map
 * of all that was ever appended. Everything follows from the seed. Confined to its caller.
 */
final class CompactionSimulation {
    private static final int STEPS = 40;
    private static final List<CompressionType> CODECS = List.of(CompressionType.values());
    private static final List<FaultyDisk.Unsynced> UNSYNCED = List.of(FaultyDisk.Unsynced.values());

    private final SplittableRandom random;
    private final FaultyDisk disk;
    private final LogSettings settings;
    /** How many there are; a small key map has room for 31. */
    private final int keys;

    private final List<String> history = new ArrayList<>();
    private SegmentedLog log;
    private long now = 1_000;

    /** Everything that was appended, by offset. */
    private final TreeMap<Long, Seen> appended = new TreeMap<>();

    /** The headers as they were appended, by base offset. */
    private final TreeMap<Long, BatchHeader> batches = new TreeMap<>();

    private long flushedEnd;

    private long compactedEnd;
    private long highWatermark;

    CompactionSimulation(long seed) {
        random = new SplittableRandom(seed);
        disk = new FaultyDisk(seed);
        settings = new LogSettings(300 + random.nextInt(1_500), Long.MAX_VALUE, 61 + random.nextInt(300));
        keys = 5 + random.nextInt(100);
        log = SegmentedLog.open(disk, TestLog.DIRECTORY, settings);
    }

    /** What was done so far, for the message of a failure. */
    List<String> history() {
        return history;
    }

    void run() {
        for (int i = 0; i < STEPS; i++) {
            int kind = random.nextInt(100);
            now += random.nextInt(50);
            if (kind < 55) {
                append();
            } else if (kind < 75) {
                compact();
            } else if (kind < 83) {
                compactWithAFault();
            } else if (kind < 90) {
                restart();
            } else if (kind < 95) {
                truncate();
            } else {
                powerCut();
            }
            verify();
        }
    }

    private void append() {
        for (int i = random.nextInt(4); i >= 0; i--) {
            long offset = log.endOffset();
            SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(5)];
            for (int r = 0; r < records.length; r++) {
                String key = random.nextInt(40) == 0 ? null : "key-" + random.nextInt(keys);
                String value = random.nextInt(4) == 0 ? null : "v" + (offset + r) + "x".repeat(random.nextInt(40));
                long timestamp = now + random.nextInt(20);
                records[r] = CompactedLog.record(timestamp, key, value);
                appended.put(offset + r, new Seen(offset + r, timestamp, key, value));
            }
            CompressionType codec = CODECS.get(random.nextInt(CODECS.size()));
            ByteBuffer batch = CompactedLog.batch(offset, codec, records);
            batches.put(offset, BatchHeader.read(batch, batch.position()));
            TestLog.appendBytes(log, List.of(batch));
        }
        history.add("append to " + log.endOffset());
        if (random.nextBoolean()) {
            flush();
        }
    }

    private void flush() {
        log.flush();
        flushedEnd = log.endOffset();
    }

    private void compact() {
        flush();
        highWatermark = Math.max(highWatermark, log.endOffset() - random.nextInt(10));
        int keyMapBytes = random.nextBoolean() ? CompactionPolicy.MIN_KEY_MAP_BYTES : 1 << 16;
        CompactionPolicy policy = new CompactionPolicy(random.nextInt(100), random.nextInt(100), keyMapBytes);
        history.add("compact up to " + highWatermark + " at " + now + " by " + policy);
        CompactionReport report = log.compact(policy, highWatermark, now);
        compactedEnd = Math.max(compactedEnd, report.compactedEndOffset());
        assertThat(report.isComplete()).isTrue();
        assertThat(log.compactionBacklog(policy, highWatermark, now).dirtyBytes())
                .isZero();
    }

    private void compactWithAFault() {
        flush();
        highWatermark = log.endOffset();
        int after = 1 + random.nextInt(30);
        switch (random.nextInt(3)) {
            case 0 -> disk.failForce(after);
            case 1 -> disk.leaveSpace(random.nextInt(500));
            default -> disk.killAfter(after);
        }
        try {
            log.compact(new CompactionPolicy(0, random.nextInt(100), 1 << 16), highWatermark, now);
            history.add("compact before a fault");
        } catch (LogException e) {
            history.add("compact into " + e.getMessage());
        }
        if (random.nextBoolean()) {
            powerCut();
        } else {
            disk.restart();
            reopen();
        }
    }

    private void restart() {
        history.add("restart");
        if (random.nextBoolean()) {
            log.close();
        }
        disk.restart();
        reopen();
        assertThat(log.endOffset()).isEqualTo(appended.isEmpty() ? 0 : appended.lastKey() + 1);
    }

    private void powerCut() {
        FaultyDisk.Unsynced unsynced = UNSYNCED.get(random.nextInt(UNSYNCED.size()));
        history.add("power cut, unsynced is " + unsynced);
        disk.powerCut(unsynced);
        while (random.nextInt(3) == 0) {
            disk.killAfter(1 + random.nextInt(10));
            try {
                reopen();
            } catch (LogException e) {
                history.add("killed while it opens");
            }
            disk.powerCut(unsynced);
        }
        reopen();
        assertThat(log.endOffset()).isGreaterThanOrEqualTo(flushedEnd);
        forgetFrom(log.endOffset());
    }

    private void reopen() {
        log = SegmentedLog.open(disk, TestLog.DIRECTORY, settings);
    }

    /** Above the high watermark only, and where a batch begins. */
    private void truncate() {
        List<Long> bases = new ArrayList<>();
        log.forEachBatch(highWatermark, log.endOffset(), header -> bases.add(header.baseOffset()));
        bases.removeIf(base -> base < highWatermark);
        if (!bases.isEmpty()) {
            long target = bases.get(random.nextInt(bases.size()));
            history.add("truncate to " + target);
            log.truncateTo(target);
            forgetFrom(target);
            flushedEnd = Math.min(flushedEnd, target);
        }
    }

    private void forgetFrom(long offset) {
        appended.tailMap(offset).clear();
        batches.tailMap(offset).clear();
    }

    private void verifyNotRewritten() {
        long from = log.rewrittenEndOffset();
        List<BatchHeader> found = new ArrayList<>();
        log.forEachBatch(from, log.endOffset(), found::add);
        assertThat(found)
                .as("as appended from %d on", from)
                .containsExactlyElementsOf(batches.tailMap(from).values());
    }

    private void verify() {
        verifyNotRewritten();
        List<Seen> found = CompactedLog.records(log);
        Map<String, Seen> newest = new HashMap<>();
        Set<String> keysInCompacted = new HashSet<>();
        int keyless = 0;
        for (Seen record : found) {
            assertThat(record).as("record at its offset").isEqualTo(appended.get(record.offset()));
            String key = record.key();
            if (key == null) {
                keyless++;
                continue;
            }
            newest.put(key, record);
            if (record.offset() < compactedEnd) {
                assertThat(keysInCompacted.add(key))
                        .as("%s once below %d", key, compactedEnd)
                        .isTrue();
            }
        }
        Map<String, Seen> expected = new HashMap<>();
        int expectedKeyless = 0;
        for (Seen record : appended.values()) {
            if (record.key() == null) {
                expectedKeyless++;
            } else {
                expected.put(record.key(), record);
            }
        }
        assertThat(keyless).as("records without a key").isEqualTo(expectedKeyless);
        // A tombstone may be gone, but then so is all that it hides.
        expected.values().removeIf(record -> record.value() == null && !newest.containsKey(record.key()));
        assertThat(newest).as("newest record of each key").isEqualTo(expected);
    }
}
