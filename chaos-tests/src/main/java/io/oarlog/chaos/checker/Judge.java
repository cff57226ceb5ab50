package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs checkers over histories. Immutable. */
public final class Judge {
    private final List<Checker> checkers;

    public Judge(List<Checker> checkers) {
        this.checkers = List.copyOf(checkers);
    }

    /**
     * Runs all of them, one after the other.
     *
     * @throws IllegalArgumentException if the history cannot be what clients saw: it is the harness that is broken then
     */
    public Judgement judge(History history) {
        requireOneOperationAtATime(history);
        return new Judgement(
                checkers.stream().map(checker -> checker.check(history)).toList());
    }

    /** What checkers take for granted of each process. */
    private static void requireOneOperationAtATime(History history) {
        Map<Long, Op> last = new HashMap<>();
        for (Op op : history.ops()) {
            if (op.isNemesis()) {
                continue;
            }
            Op before = last.put(op.process(), op);
            boolean isOpen = before != null && before.type() == OpType.INVOKE;
            if (before != null && before.type() == OpType.INFO) {
                throw new IllegalArgumentException(
                        of(op) + " comes after op " + before.index() + ", which nobody knows the end of");
            }
            if (op.type() == OpType.INVOKE ? isOpen : !isOpen) {
                throw new IllegalArgumentException(
                        of(op) + (isOpen ? " is invoked before its last one ended" : " ends and was not invoked"));
            }
            if (isOpen && before.function() != op.function()) {
                throw new IllegalArgumentException(
                        of(op) + " ends op " + before.index() + ", which is another function");
            }
        }
    }

    private static String of(Op op) {
        return "op " + op.index() + " of process " + op.process();
    }
}
