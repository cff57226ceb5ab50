package io.oarlog.chaos.workload;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One producer for several processes at once, as threads of a program share it: requests of one producer are on their way
 * together then, and batches with sequence numbers behind each other meet a fault. Thread-safe.
 *
 * <p>With the first process that does not know how its send ended the producer is thrown away, under the others too; the next
 * one to send makes another.
 */
final class SharedProducer {
    private final Supplier<Sender> producers;
    private @Nullable Sender current; // guarded by this

    /** @param producers makes one that is thread-safe */
    SharedProducer(Supplier<Sender> producers) {
        this.producers = producers;
    }

    /** What one process has of it; confined to that process. */
    Sender share() {
        return new Share();
    }

    private synchronized Sender current() {
        if (current == null) {
            current = producers.get();
        }
        return current;
    }

    private void discard(Sender used) {
        synchronized (this) {
            if (current != used) {
                return;
            }
            current = null;
        }
        used.close();
    }

    private final class Share implements Sender {
        private @Nullable Sender used;

        @Override
        public long send(int key, long value) throws Exception {
            Sender producer = current();
            used = producer;
            return producer.send(key, value);
        }

        @Override
        public void close() {
            if (used != null) {
                discard(used);
            }
        }
    }
}
