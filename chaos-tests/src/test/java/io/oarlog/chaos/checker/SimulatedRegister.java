package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.history.Register;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One register whose calls take effect one after the other, each at some moment between its invocation and its completion, or
 * later or never when nobody hears how it ended. So its histories are linearizable.
 */
final class SimulatedRegister {
    static final int KEY = 1;

    /**
     * What clients do.
     *
     * @param processes how many do something at a time
     * @param calls in sum
     * @param values that are written: so many different ones; 0 when each write has its own
     * @param uncertain how many calls nobody hears the end of, at most
     */
    record Load(int processes, int calls, int values, int uncertain) {}

    /** A call under way, of one process. */
    private static final class Call {
        final long process;
        final OpFunction function;
        final OpValue value;
        boolean isDone;
        OpType outcome = OpType.OK;
        OpValue answer;

        Call(long process, OpFunction function, OpValue value) {
            this.process = process;
            this.function = function;
            this.value = value;
            this.answer = value;
        }
    }

    private final Load load;
    private final Random random;
    private final List<Op> ops = new ArrayList<>();
    private final List<@Nullable Call> current = new ArrayList<>();
    private final List<Call> orphans = new ArrayList<>();
    private final List<Long> processes = new ArrayList<>();
    private @Nullable Long content;
    private long lastValue;
    private int uncertain;

    private SimulatedRegister(Load load, long seed) {
        this.load = load;
        this.random = new Random(seed);
        for (int i = 0; i < load.processes(); i++) {
            current.add(null);
            processes.add((long) i);
        }
    }

    static History run(Load load, long seed) {
        SimulatedRegister register = new SimulatedRegister(load, seed);
        int invoked = 0;
        while (invoked < load.calls()) {
            invoked += register.step();
        }
        return new History(register.ops);
    }

    /** One thing happens; returns how many calls were invoked. */
    private int step() {
        if (!orphans.isEmpty() && random.nextInt(50) == 0) {
            takeEffect(orphans.remove(random.nextInt(orphans.size())));
        }
        int slot = random.nextInt(load.processes());
        Call call = current.get(slot);
        if (call == null) {
            Call begun = newCall(processes.get(slot));
            current.set(slot, begun);
            add(begun, OpType.INVOKE, begun.value);
            return 1;
        }
        if (uncertain < load.uncertain() && random.nextInt(load.calls()) < 2 * load.uncertain()) {
            uncertain++;
            if (!call.isDone) {
                orphans.add(call);
            }
            add(call, OpType.INFO, call.value);
            current.set(slot, null);
            processes.set(slot, processes.get(slot) + load.processes());
        } else if (call.isDone) {
            add(call, call.outcome, call.outcome == OpType.OK ? call.answer : call.value);
            current.set(slot, null);
        } else {
            takeEffect(call);
        }
        return 0;
    }

    private Call newCall(long process) {
        return switch (random.nextInt(3)) {
            case 0 -> new Call(process, OpFunction.READ, new Register(KEY, null));
            case 1 -> new Call(process, OpFunction.WRITE, new Register(KEY, newValue()));
            default -> {
                // Often what is there, so that some succeed.
                long expected = content == null || random.nextInt(3) == 0 ? newValue() : content;
                yield new Call(process, OpFunction.CAS, new CompareAndSet(KEY, expected, newValue()));
            }
        };
    }

    private long newValue() {
        return load.values() == 0 ? ++lastValue : random.nextInt(load.values());
    }

    private void takeEffect(Call call) {
        call.isDone = true;
        if (call.function == OpFunction.READ) {
            call.answer = new Register(KEY, content);
        } else if (call.value instanceof Register written) {
            content = written.value();
        } else if (call.value instanceof CompareAndSet cas) {
            if (content != null && content == cas.expected()) {
                content = cas.updated();
            } else {
                call.outcome = OpType.FAIL;
            }
        }
    }

    private void add(Call call, OpType type, OpValue value) {
        ops.add(Op.of(ops.size(), ops.size() * 1000L, call.process, type, call.function, value));
    }
}
