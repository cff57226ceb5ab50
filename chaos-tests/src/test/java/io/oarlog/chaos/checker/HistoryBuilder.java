package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Poll;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.MicroOp.Send;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.history.Register;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds a small history by hand, each line a millisecond after the last. Verbs in the present begin an operation, those in
 * the past are whole ones.
 */
final class HistoryBuilder {
    private static final long MILLISECOND = 1_000_000;

    private final List<Op> ops = new ArrayList<>();
    private final Map<Long, Op> open = new HashMap<>();
    private List<Integer> rebalanced = List.of();
    private long timeNanos;

    History build() {
        return new History(ops);
    }

    /** Lets time pass. */
    HistoryBuilder after(long millis) {
        timeNanos += millis * MILLISECOND;
        return this;
    }

    HistoryBuilder invoke(long process, OpFunction function, OpValue value) {
        Op op = add(process, OpType.INVOKE, function, value, null);
        open.put(process, op);
        return this;
    }

    private HistoryBuilder end(long process, OpType type, @Nullable OpValue value) {
        Op invocation = open.remove(process);
        if (invocation == null) {
            throw new IllegalStateException("process " + process + " has invoked nothing");
        }
        add(process, type, invocation.function(), value == null ? invocation.value() : value, null);
        return this;
    }

    /** A line that ends something, whatever was invoked. */
    HistoryBuilder ended(long process, OpFunction function) {
        add(process, OpType.OK, function, new Nothing(), null);
        return this;
    }

    private Op add(long process, OpType type, OpFunction function, OpValue value, @Nullable String error) {
        timeNanos += MILLISECOND;
        Op op = new Op(ops.size(), timeNanos, process, type, function, value, rebalanced, error);
        rebalanced = List.of();
        ops.add(op);
        return op;
    }

    /** The open operation ends well with the value of its invocation. */
    HistoryBuilder ok(long process) {
        return end(process, OpType.OK, null);
    }

    HistoryBuilder ok(long process, OpValue value) {
        return end(process, OpType.OK, value);
    }

    HistoryBuilder fail(long process) {
        return end(process, OpType.FAIL, null);
    }

    HistoryBuilder fail(long process, OpValue value) {
        return end(process, OpType.FAIL, value);
    }

    HistoryBuilder info(long process) {
        return end(process, OpType.INFO, null);
    }

    HistoryBuilder info(long process, OpValue value) {
        return end(process, OpType.INFO, value);
    }

    /** The next line has these in its rebalance log. */
    HistoryBuilder rebalanced(Integer... keys) {
        rebalanced = List.of(keys);
        return this;
    }

    HistoryBuilder sends(long process, int key, long value) {
        return invoke(process, OpFunction.SEND, send(key, null, value));
    }

    /** The open send ends well. */
    HistoryBuilder acknowledged(long process, int key, long value, long offset) {
        return ok(process, send(key, offset, value));
    }

    HistoryBuilder sent(long process, int key, long value, long offset) {
        return sends(process, key, value).acknowledged(process, key, value, offset);
    }

    static MicroOps send(int key, @Nullable Long offset, long value) {
        return MicroOps.of(new Send(key, offset, value));
    }

    HistoryBuilder polls(long process) {
        return invoke(process, OpFunction.POLL, MicroOps.of(Poll.invoked()));
    }

    /** The open poll ends well. */
    HistoryBuilder got(long process, int key, long... offsetsAndValues) {
        return ok(process, MicroOps.of(poll(key, offsetsAndValues)));
    }

    HistoryBuilder polled(long process, int key, long... offsetsAndValues) {
        return polls(process).got(process, key, offsetsAndValues);
    }

    static Poll poll(int key, long... offsetsAndValues) {
        List<Seen> records = new ArrayList<>();
        for (int i = 0; i < offsetsAndValues.length; i += 2) {
            records.add(new Seen(offsetsAndValues[i], offsetsAndValues[i + 1]));
        }
        return Poll.of(Map.of(key, records));
    }

    /** A transaction begins. */
    HistoryBuilder transacts(long process, MicroOp... microOps) {
        return invoke(process, OpFunction.TXN, new MicroOps(Arrays.asList(microOps)));
    }

    HistoryBuilder assigned(long process, Integer... keys) {
        return invoke(process, OpFunction.ASSIGN, new Keys(List.of(keys), false))
                .ok(process);
    }

    HistoryBuilder assignedFromBeginning(long process, Integer... keys) {
        return invoke(process, OpFunction.ASSIGN, new Keys(List.of(keys), true)).ok(process);
    }

    HistoryBuilder subscribed(long process, Integer... keys) {
        return invoke(process, OpFunction.SUBSCRIBE, new Keys(List.of(keys), false))
                .ok(process);
    }

    HistoryBuilder crashed(long process) {
        return invoke(process, OpFunction.CRASH, new Nothing()).info(process);
    }

    HistoryBuilder commits(long process, int key, long offset) {
        return invoke(process, OpFunction.COMMIT, Offsets.of(Map.of(key, offset)));
    }

    HistoryBuilder committed(long process, int key, long offset) {
        return commits(process, key, offset).ok(process);
    }

    HistoryBuilder asks(long process) {
        return invoke(process, OpFunction.COMMITTED, Offsets.of(Map.of()));
    }

    /** The open question is answered. */
    HistoryBuilder told(long process, int key, long offset) {
        return ok(process, Offsets.of(Map.of(key, offset)));
    }

    HistoryBuilder asked(long process, int key, long offset) {
        return asks(process).told(process, key, offset);
    }

    HistoryBuilder reads(long process, int key) {
        return invoke(process, OpFunction.READ, new Register(key, null));
    }

    HistoryBuilder read(long process, int key, @Nullable Long value) {
        return reads(process, key).ok(process, new Register(key, value));
    }

    HistoryBuilder writes(long process, int key, long value) {
        return invoke(process, OpFunction.WRITE, new Register(key, value));
    }

    HistoryBuilder wrote(long process, int key, long value) {
        return writes(process, key, value).ok(process);
    }

    HistoryBuilder compares(long process, int key, long expected, long updated) {
        return invoke(process, OpFunction.CAS, new CompareAndSet(key, expected, updated));
    }

    HistoryBuilder fault(String text) {
        return nemesis(OpFunction.FAULT, OpType.OK, text, null);
    }

    HistoryBuilder healed(String text) {
        return nemesis(OpFunction.HEAL, OpType.OK, text, null);
    }

    HistoryBuilder nemesis(OpFunction function, OpType type, String text, @Nullable String error) {
        add(Op.NEMESIS, type, function, new Event(text), error);
        return this;
    }
}
