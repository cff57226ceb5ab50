package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.Register;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tries all orders of the calls of one register. For a handful of calls. */
final class NaiveRegister {
    private record Call(Op invocation, @Nullable Op completion) {
        boolean isBefore(Call other) {
            return completion != null && completion.index() < other.invocation.index();
        }
    }

    private NaiveRegister() {}

    /** Whether an order explains the operations. One without a completion may have taken effect or not. */
    static boolean explains(List<Op> ops) {
        List<Call> calls = new ArrayList<>();
        Map<Long, Op> open = new HashMap<>();
        for (Op op : ops) {
            if (op.type() == OpType.INVOKE) {
                Op cutOff = open.put(op.process(), op);
                if (cutOff != null) {
                    calls.add(new Call(cutOff, null));
                }
            } else {
                Op invocation = Objects.requireNonNull(open.remove(op.process()));
                if (op.type() == OpType.OK) {
                    calls.add(new Call(invocation, op));
                } else if (op.type() == OpType.INFO) {
                    calls.add(new Call(invocation, null));
                }
            }
        }
        open.values().forEach(invocation -> calls.add(new Call(invocation, null)));
        return explains(calls, null);
    }

    private static boolean explains(List<Call> left, @Nullable Long content) {
        if (left.stream().allMatch(call -> call.completion() == null)) {
            return true;
        }
        for (Call next : left) {
            if (left.stream().anyMatch(other -> other.isBefore(next))) {
                continue;
            }
            List<Call> rest = new ArrayList<>(left);
            rest.remove(next);
            boolean isDropped = next.completion() == null && explains(rest, content);
            if (isDropped || (isPossible(next, content) && explains(rest, contentAfter(next, content)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPossible(Call call, @Nullable Long content) {
        if (call.invocation().value() instanceof CompareAndSet cas) {
            return Objects.equals(content, cas.expected());
        }
        return call.invocation().function() == OpFunction.WRITE
                || call.completion() == null
                || (call.completion().value() instanceof Register read && Objects.equals(content, read.value()));
    }

    private static @Nullable Long contentAfter(Call call, @Nullable Long content) {
        if (call.invocation().value() instanceof CompareAndSet cas) {
            return cas.updated();
        }
        boolean isWrite = call.invocation().function() == OpFunction.WRITE;
        return isWrite && call.invocation().value() instanceof Register written ? written.value() : content;
    }
}
