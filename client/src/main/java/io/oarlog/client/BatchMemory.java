package io.oarlog.client;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of a producer's batches: bounded in sum, given out in the order of asking, used again. Thread-safe.
 *
 * <p>Whoever takes a buffer gives it back when its batch has ended; nobody may use it after that.
 */
final class BatchMemory {
    /** Permits count KiB, so that they fit an int. */
    private static final int UNIT_BYTES = 1 << 10;

    private static final int CLOSED_PERMITS = 1 << 30;

    private final int batchBytes;
    private final int totalUnits;
    private final Semaphore freeUnits;
    private final ConcurrentLinkedDeque<ByteBuffer> unused = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    BatchMemory(int batchBytes, long totalBytes) {
        this.batchBytes = batchBytes;
        this.totalUnits = (int) Math.min(CLOSED_PERMITS, Math.max(totalBytes / UNIT_BYTES, units(batchBytes)));
        this.freeUnits = new Semaphore(totalUnits, true);
    }

    private static int units(int bytes) {
        return (int) (((long) bytes + UNIT_BYTES - 1) / UNIT_BYTES);
    }

    /** Whether a batch of so many bytes can ever get a buffer. */
    boolean canHold(int bytes) {
        return units(bytes) <= totalUnits;
    }

    /**
     * Waits for a buffer of at least {@code bytes}, and at least a batch's size.
     *
     * @return null when there was none until the time has passed, or when this is closed
     */
    @Nullable
    ByteBuffer take(int bytes, long waitNanos) throws InterruptedException {
        int capacity = Math.max(bytes, batchBytes);
        if (!freeUnits.tryAcquire(units(capacity), Math.max(0, waitNanos), TimeUnit.NANOSECONDS) || closed) {
            return null;
        }
        ByteBuffer pooled = capacity == batchBytes ? unused.pollFirst() : null;
        return pooled != null ? pooled : ByteBuffer.allocate(capacity);
    }

    void giveBack(ByteBuffer buffer) {
        if (buffer.capacity() == batchBytes) {
            buffer.clear();
            unused.addFirst(buffer);
        }
        freeUnits.release(units(buffer.capacity()));
    }

    /** Wakes those who wait, empty-handed. */
    void close() {
        closed = true;
        freeUnits.release(CLOSED_PERMITS);
    }
}
