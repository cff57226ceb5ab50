package io.oarlog.metadata;

import io.oarlog.metadata.tree.AclPool;
import io.oarlog.metadata.tree.CommandEntry;
import io.oarlog.metadata.tree.EntryCodec;
import io.oarlog.metadata.tree.MalformedCommandException;
import io.oarlog.metadata.tree.OriginTable;
import io.oarlog.metadata.tree.SessionTable;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.TreeSnapshot;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeTree;
import io.oarlog.raft.ReplicatedStateMachine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata group's state machine on one node: the tree, how far each node's stream of commands is applied, and, on the
 * leader, when each session was heard of. Single writer, many readers: {@link #apply} is called by the apply thread, the rest
 * by any thread.
 *
 * <p>A command becomes visible in this order: {@link #tree}, the broker's view and other listeners, then whoever submitted
 * it. So a tree read after the view has all that the view had.
 */
public final class MetadataStateMachine implements ReplicatedStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataStateMachine.class);
    /** Outcomes do not go through Raft: every node learns those of its own commands when it applies them. */
    private static final ByteBuffer NO_RESULT = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final ClusterView view = new ClusterView();
    private final List<TreeListener> listeners = new CopyOnWriteArrayList<>(List.of(view));
    private final AclPool acls = new AclPool();
    private final SessionLiveness liveness;
    private volatile ZnodeTree tree = ZnodeTree.empty();
    private volatile OriginTable origins = OriginTable.empty();
    private volatile @Nullable EntryListener entryListener;
    private volatile boolean isLeader;
    private volatile long term;

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

    /** The incarnation of a node of which this node applied an entry last; 0 when there was none. */
    long incarnation(int nodeId) {
        return origins.incarnation(nodeId);
    }

    void addListener(TreeListener listener) {
        listeners.add(listener);
    }

    /** There is one at a time. */
    void setEntryListener(EntryListener listener) {
        entryListener = listener;
    }

    /** Raft term of the entry applied last; 0 before the first. A leader's own after its first command. */
    long term() {
        return term;
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
    public ByteBuffer apply(long entryTerm, long index, ByteBuffer command) {
        term = entryTerm;
        try {
            apply(EntryCodec.decode(command, acls));
        } catch (MalformedCommandException e) {
            // Every replica finds it the same way: the group goes on without it.
            LOG.atWarn()
                    .addKeyValue("index", index)
                    .addKeyValue("reason", e.getMessage())
                    .log("an entry could not be read and is skipped");
        }
        return NO_RESULT;
    }

    private void apply(CommandEntry entry) {
        if (!origins.isNext(entry)) {
            tellEntryListener(listener -> listener.onRefused(entry.origin(), entry.sequence()));
            return;
        }
        origins = origins.after(entry);
        for (int i = 0; i < entry.commands().size(); i++) {
            CommandOutcome outcome = apply(entry, entry.commands().get(i));
            int position = i;
            tellEntryListener(listener -> listener.onApplied(entry.origin(), entry.sequence(), position, outcome));
        }
    }

    private CommandOutcome apply(CommandEntry entry, TimedCommand command) {
        ZnodeTree.Applied applied = tree.apply(entry.origin(), inThisTerm(command));
        if (isLeader
                && command.command() instanceof ZnodeCommand.AttachSession attach
                && applied.result() instanceof ZnodeResult.SessionAttached) {
            // Before its new timeout can be seen, which may be shorter than its silence.
            liveness.heard(attach.sessionId());
        }
        tree = applied.tree();
        tellListeners(listener -> listener.onChange(applied.tree(), applied.events()));
        return new CommandOutcome(applied.tree().zxid(), applied.result(), applied.tree());
    }

    /** Nobody expires by the decision of a former leader: the sessions have a new timeout since, and may be heard again. */
    private TimedCommand inThisTerm(TimedCommand command) {
        boolean isOutdated = command.command() instanceof ZnodeCommand.ExpireSessions expire && expire.term() != term;
        return isOutdated
                ? new TimedCommand(command.timeMillis(), new ZnodeCommand.ExpireSessions(term, List.of()))
                : command;
    }

    /** A listener's failure is its own: the replica has applied the command all the same. */
    private void tellListeners(Consumer<TreeListener> call) {
        for (TreeListener listener : listeners) {
            try {
                call.accept(listener);
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("zxid", tree.zxid()).setCause(e).log("a listener failed");
            }
        }
    }

    /** For the stream of this node's commands: see {@link TreeListener#onStreamEnded}. */
    void onStreamEnded() {
        tellListeners(TreeListener::onStreamEnded);
    }

    private void tellEntryListener(Consumer<EntryListener> call) {
        EntryListener listener = entryListener;
        if (listener != null) {
            call.accept(listener);
        }
    }

    @Override
    public Snapshot snapshot() {
        return state()::writeTo;
    }

    /** All that a snapshot has. */
    TreeSnapshot state() {
        return new TreeSnapshot(tree, origins);
    }

    /**
     * Replaces the state by that of a snapshot and tells the listeners. To be called by the apply thread, before the first
     * entry or instead of entries that are in the snapshot.
     *
     * @param in what {@link #snapshot} wrote and nothing behind it; not closed
     * @throws io.oarlog.metadata.tree.MalformedSnapshotException when it is not a snapshot: the state is as before
     */
    @Override
    public void restore(InputStream in) throws IOException {
        TreeSnapshot snapshot = TreeSnapshot.readFrom(in, acls);
        tree = snapshot.tree();
        origins = snapshot.origins();
        tellListeners(listener -> listener.onRestored(snapshot.tree()));
        tellEntryListener(EntryListener::onRestored);
    }

    @Override
    public ByteBuffer query(ByteBuffer request) {
        List<Long> sessionIds = SessionPing.sessionIds(request);
        if (sessionIds.isEmpty()) {
            return SessionPing.answer(SessionPing.Answer.NOT_UNDERSTOOD);
        } else if (!isLeader) {
            return SessionPing.answer(SessionPing.Answer.NOT_LEADER);
        }
        SessionTable sessions = tree.sessions();
        SessionPing.Answer answer = SessionPing.Answer.ALIVE;
        for (long sessionId : sessionIds) {
            if (sessions.contains(sessionId)) {
                liveness.heard(sessionId);
            } else {
                answer = SessionPing.Answer.NO_SESSION;
            }
        }
        return SessionPing.answer(answer);
    }

    @Override
    public Optional<String> refusal(int node, String name, Optional<String> formerName) {
        return ClusterZnodes.refusal(tree, node, name, formerName);
    }

    @Override
    public void onLeadership(boolean leads) {
        if (leads && !isLeader) {
            liveness.reset();
        }
        isLeader = leads;
    }
}
