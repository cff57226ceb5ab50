package io.oarlog.client;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Polls for one record after the other. Confined to the thread that polls. */
final class RecordIterator implements Iterator<ConsumedRecord> {
    private final Consumer consumer;
    private final Duration idle;
    private @Nullable ConsumedRecord next;

    /** @param idle the iteration ends when nothing came for so long */
    RecordIterator(Consumer consumer, Duration idle) {
        this.consumer = consumer;
        this.idle = idle;
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            next = consumer.pollOne(idle);
        }
        return next != null;
    }

    @Override
    public ConsumedRecord next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("no record came in time");
        }
        ConsumedRecord record = next;
        next = null;
        return record;
    }
}
