package io.oarlog.chaos.mutant;

import java.util.concurrent.CompletableFuture;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** A produce is answered when its entry has a place in the leader's own log. The high watermark is as it should be. */
public final class AckBeforeMajority {
    private AckBeforeMajority() {}

    /** Into the method that hands an entry to the Raft group. */
    static final class Submitted {
        private Submitted() {}

        @Advice.OnMethodExit
        static void exit(
                @Advice.Argument(0) Object entry,
                @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object outcome) {
            outcome = outcomeOf(entry, outcome);
        }
    }

    /** Called by the node. */
    public static Object outcomeOf(Object entry, Object awaited) {
        boolean isPlaced = (Boolean) Inside.call(entry, "isPlaced");
        return isPlaced && !((CompletableFuture<?>) awaited).isDone()
                ? CompletableFuture.completedFuture(
                        Inside.constant(entry, "io.oarlog.raft.PartitionAppender$EntryOutcome", "COMMITTED"))
                : awaited;
    }
}
