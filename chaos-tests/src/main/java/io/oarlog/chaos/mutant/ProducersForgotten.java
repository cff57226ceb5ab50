package io.oarlog.chaos.mutant;

import java.util.Map;
import java.util.Objects;
import net.bytebuddy.asm.Advice;

/** With each change of the leader a replica forgets what producers have written. */
public final class ProducersForgotten {
    private ProducersForgotten() {}

    /** Into the method by which Raft tells a partition of its leader. */
    static final class LeaderChange {
        private LeaderChange() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.FieldValue("tail") Object tail) {
            forget(tail);
        }
    }

    /** Called by the node. */
    public static void forget(Object tail) {
        // It guards its states.
        synchronized (tail) {
            producers(tail, "appliedStates").clear();
            producers(tail, "tailStates").clear();
        }
    }

    private static Map<?, ?> producers(Object tail, String states) {
        Object found = Objects.requireNonNull(Inside.field(tail, states));
        return (Map<?, ?>) Objects.requireNonNull(Inside.field(found, "producers"));
    }
}
