package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends values of a keyspace, each once, and writes down how it ended. Thread-safe. */
final class Sends {
    private final HistoryRecorder history;
    private final Keyspace keyspace;
    private final Measurements measurements;

    Sends(HistoryRecorder history, Keyspace keyspace, Measurements measurements) {
        this.history = history;
        this.keyspace = keyspace;
        this.measurements = measurements;
    }

    /**
     * Sends the next value of a key.
     *
     * @return whether it is known how that ended; if not, the process must do nothing more
     */
    boolean send(long process, Sender sender, int key) throws InterruptedException {
        long value = keyspace.nextValue(key);
        MicroOps asked = MicroOps.of(new MicroOp.Send(key, null, value));
        history.invoke(process, OpFunction.SEND, asked);
        long begin = System.nanoTime();
        OpType type;
        MicroOps told = asked;
        String error = null;
        try {
            long offset = sender.send(key, value);
            type = OpType.OK;
            if (offset >= 0) {
                keyspace.acknowledged(key, offset);
                told = MicroOps.of(new MicroOp.Send(key, offset, value));
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (NotAppliedException e) {
            type = OpType.FAIL;
            error = e.getMessage();
        } catch (Exception e) {
            type = OpType.INFO;
            error = e.toString();
        }
        measurements.sent(type, System.nanoTime() - begin);
        complete(process, type, told, error);
        return type != OpType.INFO;
    }

    private void complete(long process, OpType type, MicroOps told, @Nullable String error) {
        history.complete(process, type, OpFunction.SEND, told, List.of(), error);
    }
}
