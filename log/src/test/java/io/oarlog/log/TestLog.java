package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A log on a {@link FaultyDisk}, and short ways to do to it what tests do. Confined to its caller. */
final class TestLog {
    static final Path DIRECTORY = Path.of("/data/topic/0");
    /** Of a batch as {@link TestBatches#at} makes it. */
    static final int BATCH_BYTES = 80;
    /** Ten batches a segment, an index entry for every other batch. */
    static final LogSettings SETTINGS = new LogSettings(10 * BATCH_BYTES, Long.MAX_VALUE, 2 * BATCH_BYTES);

    private TestLog() {}

    static SegmentedLog open(FaultyDisk disk) {
        return SegmentedLog.open(disk, DIRECTORY, SETTINGS);
    }

    /** A log of {@code batches} batches of one record, flushed. */
    static SegmentedLog openWith(FaultyDisk disk, int batches) {
        SegmentedLog log = open(disk);
        appendTo(log, batches);
        log.flush();
        return log;
    }

    /** Appends batches of one record until the log ends at {@code endOffset}; record n is as old as 1,000 + n. */
    static void appendTo(SegmentedLog log, long endOffset) {
        while (log.endOffset() < endOffset) {
            append(log, batch(log.endOffset()));
        }
    }

    static TestBatches batch(long offset) {
        return TestBatches.at(offset).timestamps(1_000 + offset).salt((int) offset);
    }

    /** Appends all batches at once. */
    static void append(SegmentedLog log, TestBatches... batches) {
        appendBytes(log, Arrays.stream(batches).map(TestBatches::build).toList());
    }

    static void appendBytes(SegmentedLog log, List<ByteBuffer> batches) {
        log.append(
                batches,
                batches.stream().map(batch -> BatchHeader.read(batch, 0)).toList());
    }

    /** The bytes of batches from {@code fromOffset} on as {@link #appendTo} made them. */
    static byte[] expected(long fromOffset, long endOffset) {
        List<ByteBuffer> batches = new ArrayList<>();
        for (long offset = fromOffset; offset < endOffset; offset++) {
            batches.add(batch(offset).build());
        }
        return TestBatches.bytes(batches.toArray(ByteBuffer[]::new));
    }

    /** All bytes of the log from an offset on, over all its segments. */
    static byte[] readAll(SegmentedLog log, long fromOffset) {
        List<ByteBuffer> chunks = new ArrayList<>();
        long offset = fromOffset;
        while (offset < log.endOffset()) {
            ByteBuffer chunk = log.read(offset, 1 << 20, Long.MAX_VALUE);
            List<BatchHeader> headers = TestBatches.headers(chunk);
            offset = headers.get(headers.size() - 1).nextOffset();
            chunks.add(chunk);
        }
        return TestBatches.bytes(chunks.toArray(ByteBuffer[]::new));
    }

    /** As if the log had never had one. */
    static void deleteCheckpoint(FaultyDisk disk) {
        Path checkpoint = DIRECTORY.resolve(LogCheckpoint.FILE);
        try {
            if (disk.exists(checkpoint)) {
                disk.delete(checkpoint);
                disk.syncDirectory(DIRECTORY);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static SegmentName segment(long baseOffset) {
        return new SegmentName(DIRECTORY, baseOffset);
    }
}
