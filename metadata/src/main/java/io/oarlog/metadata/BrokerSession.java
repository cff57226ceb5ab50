package io.oarlog.metadata;

import io.oarlog.log.Clock;
import io.oarlog.metadata.tree.SessionPassword;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand.CloseSession;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This broker's session and its ephemeral znode {@code /brokers/ids/ID}.
 *
 * <pre>
 * none -> open         a session with a new random id
 * open -> registered   the znode is there and owned by the session; an older one of this broker id is replaced
 * registered -> open   somebody deleted or replaced the znode
 * open, registered -> none   the leader does not know the session (any more)
 * </pre>
 *
 * <p>Each step is begun on the scheduler after the one before has ended, so steps never overlap; {@link #close} may be called
 * by any other thread.
 */
final class BrokerSession {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerSession.class);
    private static final long NONE = 0;
    private static final long CLOSE_LIMIT_SECONDS = 2;

    private final BrokerRegistration broker;
    private final SessionSettings settings;
    private final MetadataStateMachine machine;
    private final CommandSubmitter submitter;
    private final TreeWriter writer;
    private final Clock clock;
    private final RandomGenerator random;
    private final ScheduledExecutorService scheduler;
    private final CompletableFuture<Void> registered = new CompletableFuture<>();
    private volatile long sessionId = NONE; // written by steps, read by close
    private volatile boolean isClosed;
    private boolean isFailing;

    BrokerSession(
            MetadataSettings settings,
            MetadataSeams seams,
            MetadataStateMachine machine,
            CommandSubmitter submitter,
            TreeWriter writer) {
        this.broker = settings.broker();
        this.settings = settings.session();
        this.machine = machine;
        this.submitter = submitter;
        this.writer = writer;
        this.clock = seams.clock();
        this.random = seams.random();
        this.scheduler = seams.scheduler();
    }

    /** Begins; completes when the broker is registered for the first time. */
    CompletableFuture<Void> start() {
        scheduler.execute(this::step);
        return registered;
    }

    private void step() {
        if (isClosed) {
            return;
        }
        CompletableFuture<Void> step = sessionId == NONE ? open() : keep();
        var unused = step.whenCompleteAsync((done, failure) -> onStepEnded(failure), scheduler);
    }

    private void onStepEnded(@Nullable Throwable failure) {
        if (failure == null) {
            registered.complete(null);
            isFailing = false;
        } else if (!isClosed) {
            onFailure(CommandSubmitter.unwrapped(failure));
        }
        if (!isClosed) {
            try {
                var unused =
                        scheduler.schedule(this::step, settings.pingInterval().toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("the broker stops without closing its session; it expires");
            }
        }
    }

    private void onFailure(Throwable failure) {
        if (failure instanceof CommandRefusedException refused && refused.error() == ZnodeError.SESSION_EXPIRED) {
            sessionId = NONE;
        }
        if (!isFailing) {
            LOG.atWarn()
                    .addKeyValue("broker", broker.id())
                    .addKeyValue("reason", failure)
                    .log("the broker cannot renew its registration; it goes on trying");
        }
        isFailing = true;
    }

    private CompletableFuture<Void> open() {
        long newId = newSessionId();
        return submitter
                .submit(new CreateSession(newId, SessionPassword.random(random), (int)
                        settings.timeout().toMillis()))
                .thenCompose(outcome -> {
                    Optional<ZnodeError> error = outcome.result().failure();
                    if (error.isPresent()) {
                        return CompletableFuture.failedFuture(new CommandRefusedException(error.get()));
                    }
                    sessionId = newId;
                    return register(newId);
                });
    }

    private long newSessionId() {
        long id;
        do {
            id = random.nextLong();
        } while (id == NONE);
        return id;
    }

    private CompletableFuture<Void> keep() {
        long id = sessionId;
        return submitter
                .ping(id)
                .orTimeout(settings.timeout().toMillis() / 2, TimeUnit.MILLISECONDS)
                .thenCompose(answer -> switch (answer) {
                    case ALIVE -> register(id);
                    case NO_SESSION -> reopen();
                    case NOT_LEADER, NOT_UNDERSTOOD ->
                        CompletableFuture.failedFuture(new TimeoutException("ping answered with " + answer));
                });
    }

    private CompletableFuture<Void> reopen() {
        LOG.atWarn().addKeyValue("broker", broker.id()).log("the broker's session had expired; it registers anew");
        sessionId = NONE;
        return open();
    }

    private CompletableFuture<Void> register(long id) {
        if (isClosed) {
            return CompletableFuture.failedFuture(new CancellationException("closed"));
        }
        return writer.write(() -> decideRegistration(id)).thenApply(done -> null);
    }

    private Decision<Boolean> decideRegistration(long id) {
        String path = BrokerZnodes.path(broker.id());
        Optional<Znode> old = machine.tree().get(path);
        if (old.isPresent() && old.get().ephemeralOwner() == id) {
            return new Decision.Done<>(true);
        }
        List<Operation> operations = new ArrayList<>();
        old.ifPresent(node -> operations.add(new Delete(path, node.version())));
        operations.add(Create.ephemeral(path, BrokerZnodes.registration(broker, clock.currentTimeMillis()), id));
        return new Decision.Propose<>(new Multi(operations), true);
    }

    /** Ends the session, so that everybody knows at once that the broker is gone. If that fails the session expires. */
    void close() {
        isClosed = true;
        registered.completeExceptionally(new CancellationException("closed before the broker was registered"));
        long id = sessionId;
        if (id == NONE) {
            return;
        }
        try {
            submitter.submit(new CloseSession(id)).get(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.atInfo()
                    .addKeyValue("broker", broker.id())
                    .addKeyValue("reason", e)
                    .log("session not closed; it expires");
        }
    }
}
