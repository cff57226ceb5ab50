package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.CommandOutcome;
import io.oarlog.metadata.ReplicatedTree;
import io.oarlog.metadata.TreeListener;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One stream of commands in this process and the trees of the nodes that apply it, without Raft. A node can stop applying
 * for a while, commands can be held back, and their outcomes can get lost.
 */
final class SharedStream implements AutoCloseable {
    private static final long TIME_MILLIS = 1_700_000_000_000L;

    private final ExecutorService applyThread = Executors.newSingleThreadExecutor();
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final List<Entry> entries = new ArrayList<>(); // confined to the apply thread
    private final Semaphore gate = new Semaphore(1);

    private record Entry(Node submitter, ZnodeCommand command, CompletableFuture<CommandOutcome> outcome) {}

    /** One node's tree. */
    final class Node implements ReplicatedTree {
        private final Origin origin;
        private final List<TreeListener> listeners = new CopyOnWriteArrayList<>();
        private final Queue<Long> heard = new ConcurrentLinkedQueue<>();
        private volatile ZnodeTree tree = ZnodeTree.empty();
        private volatile boolean losesOutcomes;
        private int applied; // confined to the apply thread
        private boolean isLagging; // confined to the apply thread

        private Node(int id) {
            this.origin = new Origin(id, 1);
        }

        @Override
        public ZnodeTree tree() {
            return tree;
        }

        @Override
        public void addListener(TreeListener listener) {
            listeners.add(listener);
        }

        @Override
        public CompletableFuture<CommandOutcome> submit(ZnodeCommand command) {
            CompletableFuture<CommandOutcome> outcome = new CompletableFuture<>();
            applyThread.execute(() -> {
                gate.acquireUninterruptibly();
                gate.release();
                entries.add(new Entry(this, command, outcome));
                nodes.forEach(Node::catchUp);
            });
            return outcome;
        }

        @Override
        public void heard(long sessionId) {
            heard.add(sessionId);
        }

        boolean hasHeard(long sessionId) {
            return heard.contains(sessionId);
        }

        /** As when the fate of an entry is unknown, of which no command is a client's. */
        void endStream() {
            listeners.forEach(TreeListener::onStreamEnded);
        }

        /** What it submits is applied, and it does not learn of it. */
        void loseOutcomes() {
            losesOutcomes = true;
        }

        /** Stops applying, or goes on with all that was missed. */
        void lag(boolean lags) {
            run(() -> {
                isLagging = lags;
                catchUp();
            });
        }

        private void catchUp() {
            while (!isLagging && applied < entries.size()) {
                Entry entry = entries.get(applied);
                applied++;
                ZnodeTree.Applied done =
                        tree.apply(entry.submitter().origin, new TimedCommand(TIME_MILLIS + applied, entry.command()));
                tree = done.tree();
                listeners.forEach(listener -> listener.onChange(done.tree(), done.events()));
                if (entry.submitter() == this && losesOutcomes) {
                    entry.outcome().completeExceptionally(new TimeoutException("lost"));
                } else if (entry.submitter() == this) {
                    entry.outcome().complete(new CommandOutcome(tree.zxid(), done.result(), tree));
                }
            }
        }
    }

    /** Commands that a node has submitted. */
    long submitted(Node node) {
        AtomicLong count = new AtomicLong();
        run(() -> count.set(
                entries.stream().filter(entry -> entry.submitter() == node).count()));
        return count.get();
    }

    Node newNode(int id) {
        Node node = new Node(id);
        run(() -> {
            node.catchUp();
            nodes.add(node);
        });
        return node;
    }

    /** Nothing submitted from now on is applied until {@link #release}. */
    void hold() {
        gate.acquireUninterruptibly();
    }

    void release() {
        gate.release();
    }

    private void run(Runnable task) {
        CompletableFuture.runAsync(task, applyThread).join();
    }

    @Override
    public void close() {
        applyThread.shutdownNow();
    }
}
