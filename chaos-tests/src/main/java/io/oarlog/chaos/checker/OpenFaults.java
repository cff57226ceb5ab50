package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which faults are open. Confined to one check.
 *
 * <p>A fault is open from the invocation of its {@link OpFunction#FAULT} to the completion of the {@link OpFunction#HEAL} with
 * the same text; an operation of which only the completion was written counts as well. One that failed did not happen. One
 * that ended with an error may not have happened: the fault stays open.
 */
final class OpenFaults {
    private final Set<String> open = new LinkedHashSet<>();
    private final Set<String> changing = new HashSet<>();

    /** Takes an operation of the nemesis. */
    void on(Op op) {
        if (!(op.value() instanceof Event event)) {
            return;
        }
        String text = event.text();
        if (op.type() == OpType.INVOKE) {
            changing.add(text);
        } else {
            changing.remove(text);
        }
        if (op.function() == OpFunction.FAULT) {
            if (op.type() == OpType.FAIL) {
                open.remove(text);
            } else {
                open.add(text);
            }
        } else if (op.function() == OpFunction.HEAL && op.type() != OpType.INVOKE && op.type() != OpType.FAIL) {
            if (op.error() == null) {
                open.remove(text);
            }
        }
    }

    /** In the order in which they began. */
    Set<String> texts() {
        return open;
    }

    /** Whether one is just beginning or being healed. */
    boolean areChanging() {
        return !changing.isEmpty();
    }
}
