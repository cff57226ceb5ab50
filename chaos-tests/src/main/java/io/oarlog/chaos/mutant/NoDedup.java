package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** A batch that an idempotent producer repeats is appended again. What leaves a gap is refused as it should be. */
public final class NoDedup {
    private NoDedup() {}

    /** Into the method that checks a batch's sequences. */
    static final class Check {
        private Check() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object verdict) {
            verdict = withoutDuplicates(verdict);
        }
    }

    /** Called by the node. */
    public static Object withoutDuplicates(Object verdict) {
        return verdict.getClass().getName().equals("io.oarlog.log.SequenceCheck$Duplicate")
                ? Inside.create(verdict, "io.oarlog.log.SequenceCheck$Accepted")
                : verdict;
    }
}
