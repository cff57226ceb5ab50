package io.oarlog.benchmarks;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.SegmentedLog;
import io.oarlog.log.TestBatches;
import java.nio.ByteBuffer;
import java.util.List;

/** One batch of one record, to be appended again and again, each time at the end of the log. Confined to its caller. */
final class SampleBatch {
    private final ByteBuffer bytes;
    private final BatchHeader header;

    private SampleBatch(ByteBuffer bytes) {
        this.bytes = bytes;
        this.header = BatchHeader.read(bytes, 0);
    }

    /** A batch of exactly that size. */
    static SampleBatch ofBytes(int size) {
        int overhead = withValue(size).limit() - size;
        // A shorter value can have a shorter length field: fill up what that leaves.
        int missing = size - withValue(size - overhead).limit();
        ByteBuffer batch = withValue(size - overhead + missing);
        if (batch.limit() != size) {
            throw new IllegalArgumentException("there is no batch of one record with " + size + " bytes");
        }
        return new SampleBatch(batch);
    }

    private static ByteBuffer withValue(int valueBytes) {
        return TestBatches.at(0).valueBytes(valueBytes).build();
    }

    int sizeInBytes() {
        return header.sizeInBytes();
    }

    /** The batch as it was placed last, from position to limit; a view. */
    ByteBuffer bytes() {
        return bytes.duplicate();
    }

    void appendTo(SegmentedLog log) {
        long offset = log.endOffset();
        RecordBatches.placeAt(bytes, 0, offset, 0);
        log.append(List.of(bytes), List.of(header.withPlace(offset, 0)));
    }

    /** Appends at most that many bytes, and makes them durable. */
    void fill(SegmentedLog log, long logBytes) {
        for (long batch = 0; batch < logBytes / sizeInBytes(); batch++) {
            appendTo(log);
        }
        log.flush();
    }
}
