package io.oarlog.server.group;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator writes, appended to the partitions' Raft groups. Thread-safe; the calls for one partition come one
 * after another.
 *
 * <p>{@code ReplayLoader} begins a {@link Tenure} when it has read a partition, the coordinator takes it up with its listener
 * and ends it with the same. An append goes into the partition's present tenure or nowhere.
 */
final class RaftPartitionWriter implements PartitionWriter {
    private final LogConfig config;
    private final LoadEvents events;
    private final Map<TopicPartition, Tenure> tenures = new ConcurrentHashMap<>();

    /** @param maxBatchBytes largest batch that a partition takes */
    RaftPartitionWriter(int maxBatchBytes, LoadEvents events) {
        this.events = events;
        this.config = new LogConfig(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxBatchBytes)));
    }

    /** Ends the partition's tenure, if there is one; completes when nothing of it is on its way any more. */
    CompletableFuture<Void> end(TopicPartition partition) {
        Tenure tenure = tenures.get(partition);
        if (tenure == null) {
            return CompletableFuture.completedFuture(null);
        }
        tenure.end();
        // Only then: until it is quiet, whoever asks has to wait for it.
        return tenure.quiet().thenRun(() -> tenures.remove(partition, tenure));
    }

    /** The partition has no other tenure: see {@link #end}. */
    void begin(TopicPartition partition, Tenure tenure) {
        Tenure other = tenures.putIfAbsent(partition, tenure);
        if (other != null) {
            throw new IllegalStateException(partition + " is written to in epoch " + other.leaderEpoch());
        }
    }

    @Override
    public void registerListener(TopicPartition partition, Listener listener) {
        Tenure tenure = tenures.get(partition);
        if (tenure != null) {
            tenure.listen(offset -> listener.onHighWatermarkUpdated(partition, offset));
        }
        // Registering is the last that the coordinator does before it serves the partition.
        events.onActive(partition);
    }

    @Override
    public void deregisterListener(TopicPartition partition, Listener listener) {
        var unused = end(partition);
    }

    @Override
    public LogConfig config(TopicPartition partition) {
        return config;
    }

    @Override
    public long append(
            TopicPartition partition,
            @Nullable VerificationGuard verificationGuard,
            MemoryRecords records,
            short transactionVersion) {
        Tenure tenure = tenures.get(partition);
        if (tenure == null) {
            throw new NotLeaderOrFollowerException("this node does not lead " + partition);
        }
        return tenure.append(records.buffer());
    }

    @Override
    public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
            TopicPartition partition, String transactionalId, long producerId, short producerEpoch, int apiVersion) {
        return CompletableFuture.failedFuture(new InvalidTxnStateException("there are no transactions"));
    }

    /** The coordinator asks for it where nothing is kept but what compaction removes. */
    @Override
    public CompletableFuture<Void> deleteRecords(TopicPartition partition, long deleteBeforeOffset) {
        return CompletableFuture.failedFuture(
                new UnsupportedOperationException(partition + " is compacted: its records are not deleted by offset"));
    }
}
