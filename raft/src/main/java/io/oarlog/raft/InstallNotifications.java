package io.oarlog.raft;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * Answers Ratis when the leader notifies this node that it needs a snapshot.
 *
 * <p>Ratis takes no entry from a notification on until the answer is a failure, or until one more notification comes behind
 * the answer. A leader that is gone sends none, and the next may have no reason to: the node would stand still. So a copy
 * always ends in a failure, and the notification after it is answered at once, with what was copied.
 *
 * <p>{@link #onNotification} is for one thread at a time.
 */
final class InstallNotifications {
    /** Ratis takes an answer that fails within its own call for an error of its own. */
    private static final long FAILURE_DELAY_MILLIS = 20;

    private final MachineSnapshots snapshots;
    private final Executor pool;
    /** The node that was asked last, and had nothing that the machine here does not have. */
    private volatile @Nullable RaftPeerId withoutNews;

    /** @param pool of one thread; copies */
    InstallNotifications(MachineSnapshots snapshots, Executor pool) {
        this.snapshots = snapshots;
        this.pool = pool;
    }

    /** Copies the snapshot of another node. */
    interface Copying {
        /**
         * Copies it, if it is newer than the machine here.
         *
         * @return the snapshot, durable here; nothing when the node has none that is newer than the machine here
         * @throws IOException when it could not be copied
         */
        Optional<TermIndex> copy() throws IOException;
    }

    /**
     * Begins to copy when there is nothing to answer with yet.
     *
     * @param appliedIndex what the machine here has
     * @param copying runs on the pool
     * @return complete already, of the newest snapshot here when that has more than the machine, of null when the leader was
     *     asked and has nothing new; else it fails once the copy has ended, and Ratis is to be notified again
     */
    CompletableFuture<@Nullable TermIndex> onNotification(RaftPeerId leader, long appliedIndex, Copying copying) {
        TermIndex latest = snapshots.latest();
        if (latest != null && latest.getIndex() > appliedIndex) {
            return CompletableFuture.completedFuture(latest);
        }
        boolean hasNothing = leader.equals(withoutNews);
        withoutNews = null;
        return hasNothing
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(
                        () -> {
                            throw new CompletionException(outcome(leader, copying), null);
                        },
                        CompletableFuture.delayedExecutor(FAILURE_DELAY_MILLIS, TimeUnit.MILLISECONDS, pool));
    }

    private String outcome(RaftPeerId leader, Copying copying) {
        try {
            Optional<TermIndex> copied = copying.copy();
            if (copied.isEmpty()) {
                withoutNews = leader;
            }
            return copied.map(position -> "no failure: the snapshot at entry " + position.getIndex() + " is copied")
                            .orElse("no failure: node " + leader + " has no newer snapshot")
                    + ", and the next notification is answered with it";
        } catch (IOException | RuntimeException e) {
            return "no snapshot was copied, and the next notification begins anew: " + e.getMessage();
        }
    }
}
