package io.oarlog.metadata;

import io.oarlog.log.Clock;
import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.CommandOutcome;
import io.oarlog.metadata.tree.OutcomeCodec;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.raft.CommandLog;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Proposes commands and waits until this node has applied them too. Thread-safe. */
final class CommandSubmitter {
    /** Well below the number at which a Raft client blocks its caller. */
    private static final int MAX_UNDER_WAY = 32;

    private static final int MAX_WAITING = 10_000;
    /** A node that is further behind than this gives no answers that depend on its own tree. */
    private static final long APPLY_LIMIT_SECONDS = 8;

    private final CommandLog log;
    private final MetadataStateMachine machine;
    private final Clock clock;
    private final Executor executor;
    private final CommandWindow window = new CommandWindow(MAX_UNDER_WAY, MAX_WAITING);
    private final CommitNudge nudge = new CommitNudge(() -> propose(new ZnodeCommand.Sync()));

    /** @param executor on which the futures given out complete */
    CommandSubmitter(CommandLog log, MetadataStateMachine machine, Clock clock, Executor executor) {
        this.log = log;
        this.machine = machine;
        this.clock = clock;
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
        return propose(command).thenApplyAsync(OutcomeCodec::decode, executor).thenCompose(this::applied);
    }

    private CompletableFuture<ByteBuffer> propose(ZnodeCommand command) {
        byte[] encoded = CommandCodec.encode(new TimedCommand(clock.currentTimeMillis(), command));
        return window.enter(() -> log.submit(ByteBuffer.wrap(encoded)));
    }

    private CompletableFuture<CommandOutcome> applied(CommandOutcome outcome) {
        CompletableFuture<Void> applied = machine.awaitApplied(outcome.zxid());
        if (!applied.isDone()) {
            nudge.toward(outcome.zxid());
        }
        return applied.orTimeout(APPLY_LIMIT_SECONDS, TimeUnit.SECONDS).thenApplyAsync(done -> outcome, executor);
    }

    /** Completes when this node has applied all that was committed when it was called. Fails as {@link #submit} does. */
    CompletableFuture<Void> sync() {
        return submit(new ZnodeCommand.Sync()).thenApply(outcome -> null);
    }

    /** Tells the leader that the session is alive; costs no Raft entry. */
    CompletableFuture<SessionPing.Answer> ping(long sessionId) {
        return log.query(SessionPing.question(sessionId)).thenApplyAsync(SessionPing::readAnswer, executor);
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
