package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.EdnWriter;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one history down, in the order in which it is told. Thread-safe. */
final class HistoryRecorder implements Closeable {
    private final EdnWriter writer; // guarded by this
    private final long originNanos;
    private long nextIndex; // guarded by this

    /** @param originNanos {@link System#nanoTime} at the begin of the run: all histories of a run have the same */
    HistoryRecorder(Path file, long originNanos) throws IOException {
        this.writer = EdnWriter.to(file);
        this.originNanos = originNanos;
    }

    /** Before it is asked for. */
    void invoke(long process, OpFunction function, OpValue value) {
        complete(process, OpType.INVOKE, function, value, List.of(), null);
    }

    /** After the answer. */
    synchronized void complete(
            long process,
            OpType type,
            OpFunction function,
            OpValue value,
            List<Integer> rebalanced,
            @Nullable String error) {
        try {
            writer.write(new Op(
                    nextIndex++, System.nanoTime() - originNanos, process, type, function, value, rebalanced, error));
        } catch (IOException e) {
            throw new UncheckedIOException("a history cannot be written; is the disk of the run's directory full?", e);
        }
    }

    synchronized void flush() {
        try {
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        writer.close();
    }
}
