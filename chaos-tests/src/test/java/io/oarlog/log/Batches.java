package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.List;

/** Batches of one record for probes, all of one size. */
public final class Batches {
    private Batches() {}

    /**
     * One batch, placed.
     *
     * @param salt another one makes another record
     */
    public static ByteBuffer at(long offset, int leaderEpoch, int salt) {
        return TestBatches.at(offset).leaderEpoch(leaderEpoch).salt(salt).build();
    }

    public static List<BatchHeader> headers(ByteBuffer batches) {
        return TestBatches.headers(batches);
    }

    static void append(SegmentedLog log, ByteBuffer batch) {
        log.append(List.of(batch), headers(batch));
    }
}
