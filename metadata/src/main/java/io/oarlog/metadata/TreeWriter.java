package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeError;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Optimistic writes: decide from the local tree, propose, and decide anew if the tree had moved on. Thread-safe.
 *
 * <p>After a command whose outcome is unknown the local tree is brought up to date first. So a decision that recognises its
 * own command's effect is right whether the command was applied or not.
 */
final class TreeWriter {
    /** Each lost race means that somebody else's write was done, so this is never reached by bad luck alone. */
    private static final int MAX_CONFLICTS = 100;

    private static final int MAX_UNKNOWN_OUTCOMES = 2;
    private static final Set<ZnodeError> CONFLICTS =
            Set.of(ZnodeError.NO_NODE, ZnodeError.NODE_EXISTS, ZnodeError.BAD_VERSION, ZnodeError.NOT_EMPTY);

    private final CommandSubmitter submitter;

    TreeWriter(CommandSubmitter submitter) {
        this.submitter = submitter;
    }

    /**
     * Writes until the decision is that nothing is left to do.
     *
     * @param decide called on the caller's thread at first, later on the submitter's
     * @return completes when this node has applied the write. Fails with {@link TimeoutException} (outcome unknown), with
     *     {@link CommandRefusedException}, or with what {@code decide} throws (nothing was changed)
     */
    <R> CompletableFuture<R> write(Supplier<Decision<R>> decide) {
        return attempt(decide, MAX_CONFLICTS, MAX_UNKNOWN_OUTCOMES);
    }

    private <R> CompletableFuture<R> attempt(Supplier<Decision<R>> decide, int conflictsLeft, int unknownLeft) {
        try {
            Decision<R> decision = decide.get();
            if (decision instanceof Decision.Done<R> done) {
                return CompletableFuture.completedFuture(done.result());
            } else if (decision instanceof Decision.Propose<R> propose) {
                return submitter
                        .submit(propose.command())
                        .<Supplier<CompletableFuture<R>>>handle((outcome, failure) -> failure == null
                                ? () -> after(outcome, propose, decide, conflictsLeft, unknownLeft)
                                : () -> after(failure, decide, conflictsLeft, unknownLeft))
                        .thenCompose(Supplier::get);
            }
            throw new AssertionError(decision);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <R> CompletableFuture<R> after(
            CommandOutcome outcome,
            Decision.Propose<R> propose,
            Supplier<Decision<R>> decide,
            int conflictsLeft,
            int unknownLeft) {
        @Nullable ZnodeError error = outcome.result().failure().orElse(null);
        if (error == null) {
            return CompletableFuture.completedFuture(propose.result());
        } else if (!CONFLICTS.contains(error)) {
            return CompletableFuture.failedFuture(new CommandRefusedException(error));
        } else if (conflictsLeft == 0) {
            return CompletableFuture.failedFuture(
                    new TimeoutException("the metadata changed too often meanwhile: " + error));
        }
        return attempt(decide, conflictsLeft - 1, unknownLeft);
    }

    private <R> CompletableFuture<R> after(
            Throwable failure, Supplier<Decision<R>> decide, int conflictsLeft, int unknownLeft) {
        if (unknownLeft == 0 || !CommandSubmitter.isUnknownOutcome(failure)) {
            return CompletableFuture.failedFuture(failure);
        }
        return submitter
                .sync()
                .<Supplier<CompletableFuture<R>>>handle((synced, syncFailure) -> syncFailure == null
                        ? () -> attempt(decide, conflictsLeft, unknownLeft - 1)
                        : () -> after(syncFailure, decide, conflictsLeft, unknownLeft - 1))
                .thenCompose(Supplier::get);
    }
}
