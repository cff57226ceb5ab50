package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.Register;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the calls of each register of a history. Confined to one check.
 *
 * <p>Left out are calls that failed, and reads without an answer: neither says anything.
 */
final class RegisterCalls {
    private final Map<Long, Op> open = new HashMap<>();
    private final SortedMap<Integer, List<RegisterCall>> byKey = new TreeMap<>();
    private final LongIntMap numbers = new LongIntMap();

    private RegisterCalls() {}

    /** In the order of their invocations. */
    static SortedMap<Integer, List<RegisterCall>> byKey(History history) {
        RegisterCalls calls = new RegisterCalls();
        for (Op op : history.ops()) {
            if (isOfRegister(op)) {
                calls.on(op);
            }
        }
        calls.open.values().forEach(calls::addUncertain);
        calls.byKey.values().forEach(ofKey -> ofKey.sort(Comparator.comparingInt(RegisterCall::invoked)));
        return calls.byKey;
    }

    private static boolean isOfRegister(Op op) {
        return op.function() == OpFunction.READ || op.function() == OpFunction.WRITE || op.function() == OpFunction.CAS;
    }

    private void on(Op op) {
        if (op.type() == OpType.INVOKE) {
            open.put(op.process(), op);
            return;
        }
        Op invocation = open.remove(op.process());
        if (invocation == null) {
            throw new IllegalArgumentException("op " + op.index() + " was not invoked");
        }
        if (op.type() == OpType.OK) {
            // Only the completion of a read knows its value.
            add(invocation, (int) op.index(), op.function() == OpFunction.READ ? op : invocation);
        } else if (op.type() == OpType.INFO) {
            addUncertain(invocation);
        }
    }

    private void addUncertain(Op invocation) {
        if (invocation.function() != OpFunction.READ) {
            add(invocation, RegisterCall.NEVER, invocation);
        }
    }

    private void add(Op invocation, int ended, Op valued) {
        int invoked = (int) invocation.index();
        if (valued.value() instanceof CompareAndSet cas) {
            addTo(cas.key(), new RegisterCall(invoked, ended, number(cas.expected()), number(cas.updated())));
        } else if (valued.value() instanceof Register register) {
            int number = number(register.value());
            boolean isRead = invocation.function() == OpFunction.READ;
            addTo(
                    register.key(),
                    new RegisterCall(
                            invoked,
                            ended,
                            isRead ? number : RegisterCall.NOTHING,
                            isRead ? RegisterCall.NOTHING : number));
        } else {
            throw new IllegalArgumentException("op " + valued.index() + " has no value of a register");
        }
    }

    private void addTo(int key, RegisterCall call) {
        byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(call);
    }

    private int number(@Nullable Long value) {
        if (value == null) {
            return RegisterCall.NOT_WRITTEN;
        }
        int known = numbers.putIfAbsent(value, numbers.size() + 1);
        return known == LongIntMap.ABSENT ? numbers.size() : known;
    }
}
