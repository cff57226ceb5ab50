package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.raft.CommandLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;

/** Proposes the broker's own commands; what follows from them runs on an executor, not on the apply thread. Thread-safe. */
final class CommandSubmitter {
    private final CommandStream stream;
    private final CommandLog log;
    private final Executor executor;

    /** @param executor on which the futures given out complete */
    CommandSubmitter(CommandStream stream, CommandLog log, Executor executor) {
        this.stream = stream;
        this.log = log;
        this.executor = executor;
    }

    /**
     * Proposes a command.
     *
     * @return its outcome, once it is committed and applied on this node. Fails with {@link TimeoutException} when the
     *     outcome is unknown
     * @throws io.oarlog.metadata.tree.CommandTooLargeException when it does not fit into a Raft entry
     */
    CompletableFuture<CommandOutcome> submit(ZnodeCommand command) {
        return stream.submit(command).whenCompleteAsync((outcome, failure) -> {}, executor);
    }

    /** Completes when this node has applied all that was committed when it was called. Fails as {@link #submit} does. */
    CompletableFuture<Void> sync() {
        return submit(new ZnodeCommand.Sync()).thenApply(outcome -> null);
    }

    /** Tells the leader that the session is alive; costs no Raft entry. */
    CompletableFuture<SessionPing.Answer> ping(long sessionId) {
        return log.query(SessionPing.question(List.of(sessionId))).thenApplyAsync(SessionPing::readAnswer, executor);
    }

    /** Whether the failure of a {@link #submit} leaves open if the command was or will be applied. */
    static boolean isUnknownOutcome(Throwable failure) {
        return unwrapped(failure) instanceof TimeoutException;
    }

    /** The failure without the wrapping that futures give it. */
    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
