package io.oarlog.server.api;

import io.oarlog.log.Clock;
import io.oarlog.raft.MetadataQuorum;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionQuorum;
import java.util.ArrayList;
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
 * DescribeQuorum (KIP-595, KIP-836, KIP-853). The metadata group goes under the name of Kafka's metadata log: offsets are indexes of the
 * Raft log, and only the leader knows those of the others. Of any other partition all nodes are asked: offsets are those of its records,
 * observers have a replica without a vote, and one that has no leader, and may not be led by what is left of it alone, is answered with
 * {@code ELIGIBLE_LEADERS_NOT_AVAILABLE} and why. Thread-safe.
 */
final class DescribeQuorumHandler implements ApiHandler {
    private static final String LISTENER = "RAFT";
    private static final int UNKNOWN = -1;
    /** All nodes are asked about each. */
    private static final int MAX_PARTITIONS = 16;
    /** Those that tell disks apart, and say why there is no leader. */
    private static final short DIRECTORIES_VERSION = 2;

    private final ClusterState cluster;
    private final ClusterMembership membership;
    private final PartitionQuorums quorums;
    private final Clock clock;

    DescribeQuorumHandler(ClusterState cluster, ClusterMembership membership, PartitionQuorums quorums, Clock clock) {
        this.cluster = cluster;
        this.quorums = quorums;
        this.membership = membership;
        this.clock = clock;
    }

    /** KIP-853: of a voter that was there before voters had directories it is zero. */
    static Uuid directory(MetadataQuorum.Voter voter) {
        return directory(voter.incarnation());
    }

    private static Uuid directory(long incarnation) {
        return new Uuid(0, incarnation);
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribeQuorumRequestData data = ((DescribeQuorumRequest) request.body()).data();
        MetadataQuorum quorum = membership.quorum();
        boolean hasDirectories = request.version() >= DIRECTORIES_VERSION;
        int asks = data.topics().stream()
                .mapToInt(topic -> topic.partitions().size())
                .sum();
        DescribeQuorumResponseData response = new DescribeQuorumResponseData();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (DescribeQuorumRequestData.TopicData asked : data.topics()) {
            List<CompletableFuture<PartitionData>> partitions = asked.partitions().stream()
                    .map(partition -> asks > MAX_PARTITIONS
                            ? tooMany(partition.partitionIndex())
                            : partition(asked.topicName(), partition.partitionIndex(), quorum, hasDirectories))
                    .toList();
            TopicData topic = new TopicData().setTopicName(asked.topicName());
            response.topics().add(topic);
            answers.add(CompletableFuture.allOf(partitions.toArray(CompletableFuture[]::new))
                    .thenRun(() ->
                            partitions.forEach(answer -> topic.partitions().add(answer.join()))));
        }
        if (hasDirectories) {
            quorum.voters().forEach(voter -> {
                ListenerCollection listeners = new ListenerCollection();
                listeners.add(new Listener()
                        .setName(LISTENER)
                        .setHost(voter.address().host())
                        .setPort(voter.address().port()));
                response.nodes().add(new Node().setNodeId(voter.node()).setListeners(listeners));
            });
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> new ApiResponse.Answer(new DescribeQuorumResponse(response)));
    }

    private static CompletableFuture<PartitionData> tooMany(int index) {
        return CompletableFuture.completedFuture(new PartitionData()
                .setPartitionIndex(index)
                .setErrorCode(Errors.INVALID_REQUEST.code())
                .setErrorMessage("ask for " + MAX_PARTITIONS + " partitions at a time at most"));
    }

    private CompletableFuture<PartitionData> partition(
            String name, int index, MetadataQuorum metadata, boolean hasDirectories) {
        PartitionData partition = new PartitionData().setPartitionIndex(index);
        if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME) && index == 0) {
            return CompletableFuture.completedFuture(partition
                    .setLeaderId(metadata.leader().orElse(UNKNOWN))
                    .setLeaderEpoch(Math.toIntExact(metadata.term()))
                    .setHighWatermark(metadata.commitIndex() + 1)
                    .setCurrentVoters(metadata.voters().stream()
                            .map(voter -> state(voter, hasDirectories))
                            .toList()));
        }
        return cluster.topic(name, Uuid.ZERO_UUID)
                .filter(topic -> ClusterState.exists(topic, index))
                .map(topic -> quorums.look(new PartitionId(topic.id(), topic.name(), index))
                        .handle((quorum, failure) -> failure == null
                                ? described(partition, quorum, hasDirectories)
                                : partition
                                        .setErrorCode(Errors.UNKNOWN_SERVER_ERROR.code())
                                        .setErrorMessage("the replicas could not be asked: " + failure.getMessage())))
                .orElseGet(() -> CompletableFuture.completedFuture(
                        partition.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code())));
    }

    private static PartitionData described(PartitionData partition, PartitionQuorum quorum, boolean hasDirectories) {
        if (quorum.leader().isEmpty() && quorum.refusal().isPresent()) {
            partition
                    .setErrorCode(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE.code())
                    .setErrorMessage(quorum.refusal().get());
        }
        return partition
                .setLeaderId(quorum.leader().orElse(UNKNOWN))
                .setLeaderEpoch(Math.toIntExact(quorum.leaderEpoch()))
                .setHighWatermark(quorum.highWatermark())
                .setCurrentVoters(states(quorum, true, hasDirectories))
                .setObservers(states(quorum, false, hasDirectories));
    }

    private static List<ReplicaState> states(PartitionQuorum quorum, boolean isMember, boolean hasDirectories) {
        return quorum.replicas().stream()
                .filter(replica -> replica.isMember() == isMember)
                .map(replica -> new ReplicaState()
                        .setReplicaId(replica.node())
                        .setReplicaDirectoryId(hasDirectories ? directory(replica.incarnation()) : Uuid.ZERO_UUID)
                        .setLogEndOffset(replica.endOffset().orElse((long) UNKNOWN))
                        .setLastFetchTimestamp(UNKNOWN)
                        .setLastCaughtUpTimestamp(UNKNOWN))
                .toList();
    }

    private ReplicaState state(MetadataQuorum.Voter voter, boolean hasDirectories) {
        long heard = voter.silentMillis().isPresent()
                ? clock.currentTimeMillis() - voter.silentMillis().getAsLong()
                : UNKNOWN;
        return new ReplicaState()
                .setReplicaId(voter.node())
                .setReplicaDirectoryId(hasDirectories ? directory(voter) : Uuid.ZERO_UUID)
                .setLogEndOffset(
                        voter.lastIndex().isPresent() ? voter.lastIndex().getAsLong() + 1 : UNKNOWN)
                .setLastFetchTimestamp(heard)
                .setLastCaughtUpTimestamp(heard);
    }
}
