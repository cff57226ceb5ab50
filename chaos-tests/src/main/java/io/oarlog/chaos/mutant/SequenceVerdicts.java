package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** Batches of idempotent producers are appended that should not be. */
public final class SequenceVerdicts {
    private SequenceVerdicts() {}

    /** Into the method that checks a batch's sequences: a repetition is appended again. */
    static final class Duplicates {
        private Duplicates() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object verdict) {
            verdict = accepted(verdict, "Duplicate");
        }
    }

    /** Into the method that checks a batch's sequences: what leaves a gap, or comes behind a later one, is appended. */
    static final class Gaps {
        private Gaps() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object verdict) {
            verdict = accepted(verdict, "OutOfOrder");
        }
    }

    /** Called by the node. */
    public static Object accepted(Object verdict, String instead) {
        return verdict.getClass().getSimpleName().equals(instead)
                ? Inside.create(verdict, "io.oarlog.log.SequenceCheck$Accepted")
                : verdict;
    }
}
