package io.oarlog.server.api;

import io.oarlog.log.Batches;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.HalfPartition;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;

/** A consumer's fetch of a whole partition, for probes. */
final class Fetches {
    private static final Topic TOPIC = new Topic(new UUID(0, 1), "orders", List.of(List.of(1)), Map.of());
    private static final int BATCH_BYTES = Batches.at(0, 1, 1).remaining();

    private Fetches() {}

    /** A batch at each offset, of these leader epochs. */
    static List<ByteBuffer> batches(int... epochs) {
        return IntStream.range(0, epochs.length)
                .mapToObj(offset -> Batches.at(offset, epochs[offset], 1))
                .toList();
    }

    /** What comes of a fetch from the partition's beginning. */
    static String all(HalfPartition partition) {
        ReplicatedLog log = partition.log();
        @SuppressWarnings("NullAway") // nothing is asked of the metadata
        ClusterState cluster = new ClusterState(null, (topic, number) -> Optional.of(log));
        FetchPartition request = new FetchPartition()
                .setPartition(0)
                .setFetchOffset(0)
                .setPartitionMaxBytes(1 << 20)
                .setCurrentLeaderEpoch(ClusterState.ANY_EPOCH);
        PartitionFetch fetch = new PartitionFetch(cluster, Optional.of(TOPIC), false, request);
        fetch.advance(1 << 20, true);
        Errors error = Errors.forCode(fetch.response().errorCode());
        return error == Errors.NONE ? fetch.bytes() / BATCH_BYTES + " batches" : error.name();
    }
}
