package io.oarlog.server.group;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.RecordBatches;
import io.oarlog.raft.AppendOutcome;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator's writing to one partition, from the end of a replay to the loss of leadership or the first append that
 * did not end as foreseen. Thread-safe; appends come from one thread at a time.
 *
 * <pre>
 * writing --append not committed where foreseen--> broken
 * </pre>
 *
 * <p>The coordinator wants to know at once at which offset its records end, Raft says it later. It can be foreseen: in one
 * leader epoch nobody else writes to the partition, so the records lie one after another from where the replay ended. Each
 * append is held against that when it is committed.
 */
final class Tenure {
    private static final Logger LOG = LoggerFactory.getLogger(Tenure.class);

    private final ReplicatedLog log;
    private final int leaderEpoch;
    private final Runnable onBroken;

    // Guarded by this; the listener is called under it too, so that it is told in order, and only takes a note.
    private long endOffset;
    private long committedOffset;
    private int inFlight;
    private boolean isBroken;
    private @Nullable LongConsumer listener;
    private final CompletableFuture<Void> quiet = new CompletableFuture<>();
    private boolean isEnded;

    /**
     * @param endOffset up to which the log was replayed: all of it
     * @param onBroken called once, on a thread of Raft's, when what the coordinator believes is not what the log holds
     */
    Tenure(ReplicatedLog log, int leaderEpoch, long endOffset, Runnable onBroken) {
        this.log = log;
        this.leaderEpoch = leaderEpoch;
        this.endOffset = endOffset;
        this.committedOffset = endOffset;
        this.onBroken = onBroken;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** From now on the listener hears the end (exclusive) of what is committed of this tenure's records. */
    synchronized void listen(LongConsumer newListener) {
        listener = newListener;
    }

    /** No more appends, nobody is told of those under way. */
    synchronized void end() {
        isEnded = true;
        listener = null;
        if (inFlight == 0) {
            quiet.complete(null);
        }
    }

    /** Completes when the tenure has ended and what became of each of its appends is known. */
    CompletableFuture<Void> quiet() {
        return quiet.copy();
    }

    /**
     * Appends whole batches.
     *
     * @param batches copied: the caller's buffer is free again when this returns
     * @return the offset at which they end
     * @throws org.apache.kafka.common.errors.ApiException when nothing was appended
     */
    synchronized long append(ByteBuffer batches) {
        requireWritable();
        ByteBuffer copy = ByteBuffer.allocate(batches.remaining())
                .put(batches.duplicate())
                .flip();
        List<BatchHeader> headers = RecordBatches.validate(copy, Integer.MAX_VALUE);
        long baseOffset = endOffset;
        for (BatchHeader header : headers) {
            endOffset += header.lastOffsetDelta() + 1L;
        }
        long end = endOffset;
        inFlight++;
        var unused = log.appendInEpoch(copy, headers, leaderEpoch)
                .whenComplete((outcome, failure) -> onOutcome(baseOffset, end, outcome, failure));
        return end;
    }

    private void requireWritable() {
        if (isBroken || isEnded) {
            throw new NotLeaderOrFollowerException("the partition is to be loaded again");
        }
        Optional<AppendOutcome> refusal = log.refusal();
        if (refusal.isPresent()) {
            throw asException(refusal.get());
        }
        PartitionLeader leader = log.leader();
        if (leader.leaderEpoch() != leaderEpoch) {
            throw new NotLeaderOrFollowerException(
                    "led in epoch " + leader.leaderEpoch() + ", loaded in epoch " + leaderEpoch);
        }
    }

    private static RuntimeException asException(AppendOutcome refusal) {
        if (refusal instanceof AppendOutcome.OutOfSpace outOfSpace) {
            // Not at fault is the coordinator's place: clients are to try again here.
            return new NotEnoughReplicasException(outOfSpace.reason());
        } else if (refusal instanceof AppendOutcome.Fenced fenced) {
            return new KafkaStorageException(fenced.reason());
        }
        return new NotLeaderOrFollowerException("this node does not lead");
    }

    private void onOutcome(long baseOffset, long end, @Nullable AppendOutcome outcome, @Nullable Throwable failure) {
        boolean isBreak;
        synchronized (this) {
            inFlight--;
            boolean isForeseen = outcome instanceof AppendOutcome.Appended appended
                    && appended.baseOffset() == baseOffset
                    && !appended.duplicate();
            isBreak = !isForeseen && !isBroken;
            isBroken |= !isForeseen;
            if (isForeseen && end > committedOffset) {
                committedOffset = end;
                if (listener != null) {
                    listener.accept(end);
                }
            }
            if (isEnded && inFlight == 0) {
                quiet.complete(null);
            }
        }
        if (isBreak) {
            LOG.atInfo()
                    .addKeyValue("partition", log.id())
                    .addKeyValue("epoch", leaderEpoch)
                    .addKeyValue("offset", baseOffset)
                    .addKeyValue("outcome", failure == null ? outcome : failure)
                    .log("an append of the group coordinator was not committed where foreseen");
            onBroken.run();
        }
    }
}
