package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Batches of one to four records of few keys, no two alike: every one has a leader epoch of its own. Confined to its caller.
 */
final class RandomBatches {
    private static final int KEYS = 20;

    private final SplittableRandom random;
    private int batchNumber;

    RandomBatches(SplittableRandom random) {
        this.random = random;
    }

    /** One to three batches in a row. */
    List<NaiveLog.Batch> nextFew(long baseOffset) {
        List<NaiveLog.Batch> batches = new ArrayList<>();
        long offset = baseOffset;
        for (int i = random.nextInt(3); i >= 0; i--) {
            NaiveLog.Batch batch = next(offset);
            batches.add(batch);
            offset = batch.header().nextOffset();
        }
        return batches;
    }

    /** As many in a row as it takes for that size. */
    List<NaiveLog.Batch> nextOf(int leastBytes, long baseOffset) {
        List<NaiveLog.Batch> batches = new ArrayList<>();
        long offset = baseOffset;
        int bytes = 0;
        while (bytes < leastBytes) {
            NaiveLog.Batch batch = next(offset);
            batches.add(batch);
            offset = batch.header().nextOffset();
            bytes += batch.header().sizeInBytes();
        }
        return batches;
    }

    private NaiveLog.Batch next(long offset) {
        int records = 1 + random.nextInt(4);
        long[] timestamps = IntStream.range(0, records)
                .mapToLong(i -> 1_000 + 5L * offset + random.nextInt(200))
                .toArray();
        TestBatches batch = TestBatches.at(offset)
                .records(records)
                .firstKey(random.nextInt(KEYS))
                .timestamps(timestamps)
                .valueBytes(random.nextInt(150))
                .leaderEpoch(++batchNumber)
                .salt(batchNumber);
        ByteBuffer bytes = (random.nextInt(10) == 0 ? batch.compressed() : batch).build();
        BatchHeader header = BatchHeader.read(bytes, 0);
        return new NaiveLog.Batch(
                bytes,
                header,
                IntStream.range(0, records)
                        .mapToObj(i -> new TimestampOffset(timestamps[i], offset + i, header.leaderEpoch()))
                        .toList());
    }
}
