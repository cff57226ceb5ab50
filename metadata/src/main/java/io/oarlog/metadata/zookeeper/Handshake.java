package io.oarlog.metadata.zookeeper;

import io.netty.channel.EventLoop;
import io.oarlog.metadata.CommandOutcome;
import io.oarlog.metadata.ReplicatedTree;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.SessionPassword;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Begins a session for a client, or attaches the one that it has. Confined to the connection's event loop. */
final class Handshake {
    /** How long a client that has seen more than this node is kept waiting before it has to try another one. */
    private static final long CATCH_UP_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long CATCH_UP_CHECK_MILLIS = 5;

    private final ReplicatedTree replicatedTree;
    private final WatchedTree watchedTree;
    private final LeaderWatch leaderWatch;
    private final ZooKeeperSettings settings;
    private final RandomGenerator random;

    /** What comes of it; on the event loop. */
    interface Result {
        void onAttached(AttachedSession session);

        /** There is no such session, or the password is another one. */
        void onNoSession();

        /** The client has to try again, here or elsewhere. */
        void onFailure(String reason);
    }

    Handshake(
            ReplicatedTree replicatedTree,
            WatchedTree watchedTree,
            LeaderWatch leaderWatch,
            ZooKeeperSettings settings,
            RandomGenerator random) {
        this.replicatedTree = replicatedTree;
        this.watchedTree = watchedTree;
        this.leaderWatch = leaderWatch;
        this.settings = settings;
        this.random = random;
    }

    void begin(ConnectFrame request, EventLoop eventLoop, Result result) {
        await(request, eventLoop, System.nanoTime(), result);
    }

    private void await(ConnectFrame request, EventLoop eventLoop, long sinceNanos, Result result) {
        if (leaderWatch.isCutOff()) {
            result.onFailure("this node knows no leader");
        } else if (request.lastZxidSeen() <= watchedTree.tree().zxid()) {
            attach(request, eventLoop, result);
        } else if (System.nanoTime() - sinceNanos > CATCH_UP_NANOS) {
            result.onFailure(
                    "its client has seen zxid 0x" + Long.toHexString(request.lastZxidSeen()) + ", this node is at 0x"
                            + Long.toHexString(watchedTree.tree().zxid()));
        } else {
            var unused = eventLoop.schedule(
                    () -> await(request, eventLoop, sinceNanos, result), CATCH_UP_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void attach(ConnectFrame request, EventLoop eventLoop, Result result) {
        int timeoutMillis = settings.negotiate(request.timeoutMillis());
        if (request.sessionId() == 0) {
            long sessionId = newSessionId();
            SessionPassword password = SessionPassword.random(random);
            submit(
                    new ZnodeCommand.CreateSession(sessionId, password, timeoutMillis),
                    sessionId,
                    password,
                    timeoutMillis,
                    eventLoop,
                    result);
        } else if (request.password().isEmpty()) {
            result.onNoSession();
        } else {
            SessionPassword password = request.password().get();
            submit(
                    new ZnodeCommand.AttachSession(request.sessionId(), password, timeoutMillis),
                    request.sessionId(),
                    password,
                    timeoutMillis,
                    eventLoop,
                    result);
        }
    }

    private long newSessionId() {
        long id = random.nextLong();
        return id == 0 || id == Znode.CONTAINER_OWNER ? newSessionId() : id;
    }

    private void submit(
            ZnodeCommand command,
            long sessionId,
            SessionPassword password,
            int timeoutMillis,
            EventLoop eventLoop,
            Result result) {
        CompletableFuture<CommandOutcome> submitted = replicatedTree.submit(command);
        var unused = submitted.whenCompleteAsync(
                (outcome, failure) -> onOutcome(sessionId, password, timeoutMillis, outcome, failure, result),
                eventLoop);
    }

    private static void onOutcome(
            long sessionId,
            SessionPassword password,
            int timeoutMillis,
            @Nullable CommandOutcome outcome,
            @Nullable Throwable failure,
            Result result) {
        if (outcome == null) {
            result.onFailure("it is not known whether its session is attached: " + failure);
            return;
        }
        Optional<Origin> owner = outcome.tree().sessions().owner(sessionId);
        if (outcome.result().failure().isPresent() || owner.isEmpty()) {
            result.onNoSession();
            return;
        }
        result.onAttached(new AttachedSession(sessionId, password, timeoutMillis, outcome.zxid(), owner.get()));
    }
}
