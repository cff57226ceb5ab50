package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One caller's append, waiting to be joined into an entry. Thread-safe. */
final class PendingAppend {
    private final ByteBuffer batches;
    private final List<BatchHeader> headers;
    private final CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();

    PendingAppend(ByteBuffer batches, List<BatchHeader> headers) {
        this.batches = batches;
        this.headers = List.copyOf(headers);
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

    int sizeInBytes() {
        return batches.remaining();
    }

    long recordCount() {
        long records = 0;
        for (BatchHeader header : headers) {
            records += header.lastOffsetDelta() + 1L;
        }
        return records;
    }
}
