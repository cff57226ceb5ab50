package io.oarlog.raft;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicas of this node that need more than the leader's Raft log still has, and are brought there by a copy, one after another.
 * Thread-safe.
 *
 * <p>Ratis takes no entry from a notification on until the answer is there. A copy that fails is told, and Ratis notifies again;
 * one that does not is told by the group, which is opened anew.
 */
final class CatchUps implements NodeResources.CatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(CatchUps.class);
    /** Ratis takes an answer that fails within its own call for an error of its own. */
    private static final long DELAY_MILLIS = 20;
    /** Before a copy that failed is tried again. */
    private static final long MIN_PAUSE_MILLIS = 200;

    private static final long MAX_PAUSE_MILLIS = 10_000;

    /** One copy. */
    interface Attempt {
        /**
         * Copies, and opens the replica's group anew; waits for it.
         *
         * @return false when there was nothing to copy
         * @throws IOException when it failed; the replica is as it was, or repaired soon
         */
        boolean run(PartitionId id, RaftPeerId leader, long firstIndex) throws IOException;
    }

    private final Attempt attempt;
    private final ScheduledExecutorService pool;
    /** Begun, and not answered yet. */
    private final Set<PartitionId> underWay = ConcurrentHashMap.newKeySet();

    /** @param pool of one thread, which nothing else waits for; not shut down here */
    CatchUps(Attempt attempt, ScheduledExecutorService pool) {
        this.attempt = attempt;
        this.pool = pool;
    }

    @Override
    public CompletableFuture<@Nullable TermIndex> begin(PartitionId id, RaftPeerId leader, long firstIndex) {
        CompletableFuture<@Nullable TermIndex> answer = new CompletableFuture<>();
        underWay.add(id);
        try {
            var unused = pool.schedule(() -> run(id, leader, firstIndex, answer), DELAY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; {} is copied after the restart", id);
        }
        return answer;
    }

    private void run(
            PartitionId id, RaftPeerId leader, long firstIndex, CompletableFuture<@Nullable TermIndex> answer) {
        long begunNanos = System.nanoTime();
        underWay.add(id); // again: of two, the first may have ended
        try {
            if (!attempt.run(id, leader, firstIndex)) {
                answer.complete(null);
            }
        } catch (IOException | RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("partition", id)
                    .addKeyValue("leader", leader)
                    .addKeyValue("reason", e)
                    .log("a replica that is far behind could not copy what it needs; tried again");
            fail(answer, e, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos));
        } finally {
            underWay.remove(id);
        }
    }

    @Override
    public boolean isUnderWay(PartitionId id) {
        return underWay.contains(id);
    }

    /** After a pause as long as the attempt was, within bounds: Ratis notifies again at once. */
    private void fail(CompletableFuture<@Nullable TermIndex> answer, Exception failure, long attemptMillis) {
        long pauseMillis = Math.min(MAX_PAUSE_MILLIS, Math.max(MIN_PAUSE_MILLIS, attemptMillis));
        try {
            var unused = pool.schedule(() -> answer.completeExceptionally(failure), pauseMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(failure);
        }
    }
}
