package io.oarlog.metadata;

import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.CommandOutcome;
import io.oarlog.metadata.tree.MalformedCommandException;
import io.oarlog.metadata.tree.OutcomeCodec;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeError;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeTree;
import io.oarlog.raft.ReplicatedStateMachine;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata group's state machine on one node: the tree, who waits for it, and, on the leader, when each session was
 * heard of. Single writer, many readers: {@link #apply} is called by the apply thread, the rest by any thread.
 *
 * <p>A command becomes visible in this order: {@link #tree}, the broker's view and other listeners, then whoever
 * {@linkplain #awaitApplied waits}. So a tree read after the view has all that the view had.
 */
public final class MetadataStateMachine implements ReplicatedStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataStateMachine.class);

    private final ClusterView view = new ClusterView();
    private final List<TreeListener> listeners = new CopyOnWriteArrayList<>(List.of(view));
    private final AppliedWaiters waiters = new AppliedWaiters();
    private final SessionLiveness liveness;
    private volatile ZnodeTree tree = ZnodeTree.empty();
    private volatile boolean isLeader;

    /**
     * A machine with an empty tree; the group's log fills it.
     *
     * @param nanoTime monotonic, as {@link System#nanoTime}; the leader measures the silence of sessions by it
     */
    public MetadataStateMachine(LongSupplier nanoTime) {
        this.liveness = new SessionLiveness(nanoTime);
    }

    /** The tree as this node has applied it. */
    public ZnodeTree tree() {
        return tree;
    }

    /**
     * Waits for this node to apply a command.
     *
     * @return completes, on the apply thread or at once on the caller's, when the zxid or a later one is applied; what
     *     depends on it must not block
     */
    public CompletableFuture<Void> awaitApplied(long zxid) {
        return waiters.await(zxid);
    }

    /** This node leads the group and is ready. */
    boolean isLeader() {
        return isLeader;
    }

    ClusterView view() {
        return view;
    }

    SessionLiveness liveness() {
        return liveness;
    }

    @Override
    public ByteBuffer apply(long index, ByteBuffer command) {
        CommandOutcome outcome = new CommandOutcome(index, result(index, command));
        waiters.onApplied(index);
        return ByteBuffer.wrap(OutcomeCodec.encode(outcome));
    }

    private ZnodeResult result(long index, ByteBuffer command) {
        TimedCommand decoded;
        try {
            decoded = CommandCodec.decode(command);
        } catch (MalformedCommandException e) {
            // Every replica finds it the same way: the group goes on without it.
            LOG.atWarn()
                    .addKeyValue("zxid", index)
                    .addKeyValue("reason", e.getMessage())
                    .log("a command could not be read and is skipped");
            tree = tree.skip(index);
            return new ZnodeResult.Failed(ZnodeError.MALFORMED);
        }
        ZnodeTree.Applied applied = tree.apply(index, decoded);
        tree = applied.tree();
        if (!applied.events().isEmpty()) {
            listeners.forEach(listener -> tell(listener, applied.tree(), applied.events()));
        }
        return applied.result();
    }

    /** A listener's failure is its own: the replica has applied the command all the same. */
    private static void tell(TreeListener listener, ZnodeTree tree, List<ZnodeEvent> events) {
        try {
            listener.onChange(tree, events);
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("zxid", tree.zxid()).setCause(e).log("a listener failed");
        }
    }

    @Override
    public ByteBuffer query(ByteBuffer request) {
        if (!SessionPing.isQuestion(request)) {
            return SessionPing.answer(SessionPing.Answer.NOT_UNDERSTOOD);
        } else if (!isLeader) {
            return SessionPing.answer(SessionPing.Answer.NOT_LEADER);
        }
        long sessionId = SessionPing.sessionId(request);
        if (!tree.sessions().contains(sessionId)) {
            return SessionPing.answer(SessionPing.Answer.NO_SESSION);
        }
        liveness.heard(sessionId);
        return SessionPing.answer(SessionPing.Answer.ALIVE);
    }

    @Override
    public void onLeadership(boolean leads) {
        if (leads && !isLeader) {
            liveness.reset();
        }
        isLeader = leads;
    }

    @Override
    public Snapshot snapshot() {
        throw new UnsupportedOperationException("the tree has no snapshot format yet");
    }

    @Override
    public void restore(InputStream in) {
        throw new UnsupportedOperationException("the tree has no snapshot format yet");
    }
}
