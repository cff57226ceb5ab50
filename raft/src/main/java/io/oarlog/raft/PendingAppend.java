package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.ProducerBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** One caller's append, waiting to be joined into an entry. Thread-safe. */
final class PendingAppend {
    private final ByteBuffer batches;
    private final List<BatchHeader> headers;
    private final OptionalInt requiredEpoch;
    private final CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();

    /** @param requiredEpoch the only leader epoch in which it may be appended; empty: any */
    PendingAppend(ByteBuffer batches, List<BatchHeader> headers, OptionalInt requiredEpoch) {
        this.batches = batches;
        this.headers = List.copyOf(headers);
        this.requiredEpoch = requiredEpoch;
    }

    ByteBuffer batches() {
        return batches;
    }

    List<BatchHeader> headers() {
        return headers;
    }

    CompletableFuture<AppendOutcome> outcome() {
        return outcome;
    }

    boolean isFor(int leaderEpoch) {
        return requiredEpoch.isEmpty() || requiredEpoch.getAsInt() == leaderEpoch;
    }

    int sizeInBytes() {
        return batches.remaining();
    }

    /** The idempotent batches as they are when the first of all batches is placed at {@code baseOffset}. */
    List<ProducerBatch> producerBatches(long baseOffset) {
        List<ProducerBatch> result = new ArrayList<>(headers.size());
        long offset = baseOffset;
        for (BatchHeader header : headers) {
            if (header.isIdempotent()) {
                result.add(ProducerBatch.of(
                        header.producerId(),
                        header.producerEpoch(),
                        header.baseSequence(),
                        offset,
                        header.lastOffsetDelta()));
            }
            offset += header.lastOffsetDelta() + 1L;
        }
        return result;
    }

    long recordCount() {
        long records = 0;
        for (BatchHeader header : headers) {
            records += header.lastOffsetDelta() + 1L;
        }
        return records;
    }
}
