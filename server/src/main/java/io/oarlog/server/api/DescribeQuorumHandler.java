package io.oarlog.server.api;

import io.oarlog.log.Clock;
import io.oarlog.raft.MetadataQuorum;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ListenerCollection;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.message.DescribeQuorumResponseData.TopicData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.apache.kafka.common.requests.DescribeQuorumResponse;

/**
 * DescribeQuorum (KIP-595, KIP-836, KIP-853): the metadata group under the name of Kafka's metadata log. Offsets are indexes of the
 * Raft log; only the leader knows those of the others. Thread-safe.
 */
final class DescribeQuorumHandler implements ApiHandler {
    private static final String LISTENER = "RAFT";
    private static final int UNKNOWN = -1;

    private final ClusterMembership membership;
    private final Clock clock;

    DescribeQuorumHandler(ClusterMembership membership, Clock clock) {
        this.membership = membership;
        this.clock = clock;
    }

    /** KIP-853: of a voter that was there before voters had directories it is zero. */
    static Uuid directory(MetadataQuorum.Voter voter) {
        return new Uuid(0, voter.incarnation());
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribeQuorumRequestData data = ((DescribeQuorumRequest) request.body()).data();
        MetadataQuorum quorum = membership.quorum();
        DescribeQuorumResponseData response = new DescribeQuorumResponseData();
        for (DescribeQuorumRequestData.TopicData asked : data.topics()) {
            TopicData topic = new TopicData().setTopicName(asked.topicName());
            asked.partitions()
                    .forEach(partition ->
                            topic.partitions().add(partition(asked.topicName(), partition.partitionIndex(), quorum)));
            response.topics().add(topic);
        }
        if (request.version() >= 2) {
            quorum.voters().forEach(voter -> {
                ListenerCollection listeners = new ListenerCollection();
                listeners.add(new Listener()
                        .setName(LISTENER)
                        .setHost(voter.address().host())
                        .setPort(voter.address().port()));
                response.nodes().add(new Node().setNodeId(voter.node()).setListeners(listeners));
            });
        }
        return CompletableFuture.completedFuture(new ApiResponse.Answer(new DescribeQuorumResponse(response)));
    }

    private PartitionData partition(String topic, int index, MetadataQuorum quorum) {
        PartitionData partition = new PartitionData().setPartitionIndex(index);
        if (!topic.equals(Topic.CLUSTER_METADATA_TOPIC_NAME) || index != 0) {
            return partition
                    .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code())
                    .setErrorMessage("only " + Topic.CLUSTER_METADATA_TOPIC_NAME + "-0 has a quorum of this kind");
        }
        List<ReplicaState> voters = quorum.voters().stream().map(this::state).toList();
        return partition
                .setLeaderId(quorum.leader().orElse(UNKNOWN))
                .setLeaderEpoch(Math.toIntExact(quorum.term()))
                .setHighWatermark(quorum.commitIndex() + 1)
                .setCurrentVoters(voters);
    }

    private ReplicaState state(MetadataQuorum.Voter voter) {
        long heard = voter.silentMillis().isPresent()
                ? clock.currentTimeMillis() - voter.silentMillis().getAsLong()
                : UNKNOWN;
        return new ReplicaState()
                .setReplicaId(voter.node())
                .setReplicaDirectoryId(directory(voter))
                .setLogEndOffset(
                        voter.lastIndex().isPresent() ? voter.lastIndex().getAsLong() + 1 : UNKNOWN)
                .setLastFetchTimestamp(heard)
                .setLastCaughtUpTimestamp(heard);
    }
}
