package io.oarlog.server.api;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.LogException;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of a fetch request and what was read for it so far. Confined to the attempt of its {@link PendingFetch}
 * that runs.
 */
final class PartitionFetch {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionFetch.class);
    private static final long UNKNOWN = -1;

    private final ClusterState cluster;
    private final Optional<Topic> topic;
    private final boolean isById;
    private final FetchPartition request;
    private final List<ByteBuffer> batches = new ArrayList<>();
    private long nextOffset;
    private int bytes;
    private Errors error = Errors.NONE;
    private long highWatermark = UNKNOWN;
    private long logStartOffset = UNKNOWN;
    private Optional<PartitionLeader> leader = Optional.empty();

    PartitionFetch(ClusterState cluster, Optional<Topic> topic, boolean isById, FetchPartition request) {
        this.cluster = cluster;
        this.topic = topic;
        this.isById = isById;
        this.request = request;
        this.nextOffset = request.fetchOffset();
    }

    /** What to wait for when there is nothing to read; nothing when the topic does not exist. */
    Optional<DelayedFetches.Key> key() {
        return topic.map(t -> new DelayedFetches.Key(t.id(), request.partition()));
    }

    boolean isFailed() {
        return error != Errors.NONE;
    }

    int bytes() {
        return bytes;
    }

    /** Whether there is something to read that the limits kept back. */
    boolean hasMore() {
        return !isFailed() && nextOffset < highWatermark;
    }

    /** Whether it is the {@code left} bytes of all partitions together that keep something back, not its own limit. */
    boolean isCutBy(int left) {
        return hasMore() && request.partitionMaxBytes() - bytes >= left;
    }

    /**
     * Reads on from where the last call ended, up to the high watermark.
     *
     * @param budget bytes that may be added
     * @param mayExceed whether a first batch that is larger than the budget is taken all the same: a consumer must be able
     *     to get past every batch
     */
    void advance(int budget, boolean mayExceed) {
        PartitionLookup lookup = cluster.lookup(topic, isById, request.partition(), request.currentLeaderEpoch());
        if (lookup instanceof PartitionLookup.Refused refused) {
            fail(refused.error());
            leader = Optional.of(refused.leader());
            return;
        }
        ReplicatedLog log = ((PartitionLookup.Led) lookup).log();
        highWatermark = log.highWatermark();
        logStartOffset = log.logStartOffset();
        if (request.fetchOffset() < logStartOffset || request.fetchOffset() > highWatermark) {
            fail(Errors.OFFSET_OUT_OF_RANGE);
            return;
        }
        try {
            read(log, budget, mayExceed);
        } catch (IllegalArgumentException e) {
            logStartOffset = log.logStartOffset();
            if (nextOffset >= logStartOffset) {
                throw e;
            }
            // The start was moved up since it was looked at.
            fail(Errors.OFFSET_OUT_OF_RANGE);
        } catch (LogException e) {
            LOG.atError().addKeyValue("partition", log.id()).setCause(e).log("a replica cannot be read");
            fail(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private void read(ReplicatedLog log, int budget, boolean mayExceed) {
        int left = Math.min(budget, request.partitionMaxBytes() - bytes);
        boolean first = mayExceed;
        while (nextOffset < highWatermark && (left > 0 || first)) {
            ByteBuffer found = log.read(nextOffset, Math.max(left, 0));
            if (!found.hasRemaining() || (found.remaining() > left && !first)) {
                return;
            }
            batches.add(found);
            bytes += found.remaining();
            left -= found.remaining();
            nextOffset = endOf(found);
            first = false;
        }
    }

    private static long endOf(ByteBuffer batches) {
        int position = batches.position();
        BatchHeader header = BatchHeader.read(batches, position);
        while (position + header.sizeInBytes() < batches.limit()) {
            position += header.sizeInBytes();
            header = BatchHeader.read(batches, position);
        }
        return header.nextOffset();
    }

    private void fail(Errors reason) {
        error = reason;
        batches.clear();
        bytes = 0;
    }

    PartitionData response() {
        PartitionData data = new PartitionData()
                .setPartitionIndex(request.partition())
                .setErrorCode(error.code())
                .setHighWatermark(highWatermark)
                .setLastStableOffset(highWatermark)
                .setLogStartOffset(logStartOffset)
                .setRecords(MemoryRecords.readableRecords(joined()));
        leader.filter(l -> l.nodeId().isPresent())
                .ifPresent(l -> data.setCurrentLeader(new LeaderIdAndEpoch()
                        .setLeaderId(l.nodeId().getAsInt())
                        .setLeaderEpoch(l.leaderEpoch())));
        return data;
    }

    /** One read goes out as it is; only what gathered over several is copied together. */
    private ByteBuffer joined() {
        if (batches.size() == 1) {
            return batches.get(0);
        }
        ByteBuffer joined = ByteBuffer.allocate(bytes);
        batches.forEach(joined::put);
        return joined.flip();
    }
}
