package io.oarlog.server.api;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.LogException;
import io.oarlog.log.LogRegion;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of a fetch request and what was read for it so far. Confined to the attempt of its {@link PendingFetch}
 * that runs.
 */
final class PartitionFetch {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionFetch.class);
    private static final long UNKNOWN = -1;
    /** Less is as quickly copied as sent from a file. */
    private static final int MIN_REGION_BYTES = 16 * 1024;

    private final ClusterState cluster;
    private final Optional<Topic> topic;
    private final boolean isById;
    private final FetchPartition request;
    private final FetchedRecords records = new FetchedRecords();
    private long nextOffset;
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
        return records.sizeInBytes();
    }

    /** What was read; to be closed unless it is sent. */
    FetchedRecords records() {
        return records;
    }

    /** Whether there is something to read that the limits kept back. */
    boolean hasMore() {
        return !isFailed() && nextOffset < highWatermark;
    }

    /** Whether it is the {@code left} bytes of all partitions together that keep something back, not its own limit. */
    boolean isCutBy(int left) {
        return hasMore() && request.partitionMaxBytes() - bytes() >= left;
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
        int limit = bytes() + Math.min(budget, request.partitionMaxBytes() - bytes());
        boolean first = mayExceed;
        while (nextOffset < highWatermark
                && (bytes() < limit || first)
                && (addRegion(log, limit - bytes()) || addCopy(log, limit - bytes(), first))) {
            first = false;
        }
    }

    /** Adds batches that stay in their file until they are sent, when there are enough of them. */
    private boolean addRegion(ReplicatedLog log, int left) {
        if (left < MIN_REGION_BYTES) {
            return false;
        }
        Optional<LogRegion> found = log.region(nextOffset, MIN_REGION_BYTES, left);
        found.ifPresent(region -> {
            records.add(region);
            // Here, not on the connection's event loop, which others share.
            region.load();
            nextOffset = region.nextOffset();
        });
        return found.isPresent();
    }

    private boolean addCopy(ReplicatedLog log, int left, boolean mayExceed) {
        ByteBuffer found = log.read(nextOffset, Math.max(left, 0));
        if (!found.hasRemaining() || (found.remaining() > left && !mayExceed)) {
            return false;
        }
        records.add(found);
        nextOffset = endOf(found);
        return true;
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
        records.close();
    }

    PartitionData response() {
        PartitionData data = new PartitionData()
                .setPartitionIndex(request.partition())
                .setErrorCode(error.code())
                .setHighWatermark(highWatermark)
                .setLastStableOffset(highWatermark)
                .setLogStartOffset(logStartOffset)
                .setRecords(records);
        leader.filter(l -> l.nodeId().isPresent())
                .ifPresent(l -> data.setCurrentLeader(new LeaderIdAndEpoch()
                        .setLeaderId(l.nodeId().getAsInt())
                        .setLeaderEpoch(l.leaderEpoch())));
        return data;
    }
}
