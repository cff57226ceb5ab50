package io.oarlog.chaos.mutant;

import java.util.concurrent.CompletableFuture;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/**
 * What a group coordinator writes is not written, and counts as committed at once: groups and their offsets are in the memory
 * of the node that coordinates them, and nowhere else.
 */
public final class CommitForgotten {
    private CommitForgotten() {}

    /** Into the method by which the coordinator alone appends: no outcome comes of it. */
    static final class Append {
        private Append() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean isSkipped() {
            return true;
        }

        @Advice.OnMethodExit
        @SuppressWarnings("UnusedVariable") // it becomes the result of the method
        static void exit(@Advice.Return(readOnly = false) CompletableFuture<?> outcome) {
            outcome = CompletableFuture.completedFuture(null);
        }
    }

    /** Into the method that takes the outcome of such an append: none is the one that was foreseen. */
    static final class Outcome {
        private Outcome() {}

        @Advice.OnMethodEnter
        static void enter(
                @Advice.This Object tenure,
                @Advice.Argument(0) long baseOffset,
                @Advice.Argument(value = 2, readOnly = false, typing = Assigner.Typing.DYNAMIC) @Nullable
                        Object outcome,
                @Advice.Argument(3) @Nullable Throwable failure) {
            if (outcome == null && failure == null) {
                outcome = appended(tenure, baseOffset);
            }
        }
    }

    /** Called by the node. */
    public static Object appended(Object neighbour, long baseOffset) {
        return Inside.create(neighbour, "io.oarlog.raft.AppendOutcome$Appended", baseOffset, false);
    }
}
