package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.RecoveryRefusedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.ElectLeadersRequest;
import org.apache.kafka.common.requests.ElectLeadersResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ElectLeaders (KIP-183, KIP-460): gives partitions their preferred leaders, which Raft does by itself as soon as it can. An
 * unclean election, of partitions that are named, has one replica lead alone where the disks of so many others were given up that no
 * majority is left; it is refused where a majority may come back. Thread-safe.
 */
final class ElectLeadersHandler implements ApiHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ElectLeadersHandler.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private record Asked(String topic, int partition) {}

    private final ClusterState cluster;
    private final PreferredElections elections;
    private final PartitionQuorums quorums;

    ElectLeadersHandler(ClusterState cluster, PreferredElections elections, PartitionQuorums quorums) {
        this.quorums = quorums;
        this.cluster = cluster;
        this.elections = elections;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        ElectLeadersRequestData data = ((ElectLeadersRequest) request.body()).data();
        boolean isUnclean = data.electionType() == ElectionType.UNCLEAN.value;
        Duration limit = Duration.ofMillis(Math.max(1, Math.min(data.timeoutMs(), LONGEST_WAIT.toMillis())));
        Map<Asked, CompletableFuture<PartitionResult>> results = new LinkedHashMap<>();
        // Whoever asks for all wants to hear of those only for which something was to do.
        boolean isForAll = data.topicPartitions() == null;
        for (Asked asked : asked(data)) {
            results.computeIfAbsent(
                    asked,
                    a -> (isUnclean ? electUnclean(a, isForAll) : elect(a, limit))
                            .thenApply(error -> result(a.partition(), error)));
        }
        return CompletableFuture.allOf(results.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> answer(results, isForAll, request.version()));
    }

    private List<Asked> asked(ElectLeadersRequestData data) {
        List<Asked> asked = new ArrayList<>();
        if (data.topicPartitions() == null) {
            for (Topic topic : cluster.metadata().topics()) {
                for (int partition = 0; partition < topic.partitionCount(); partition++) {
                    asked.add(new Asked(topic.name(), partition));
                }
            }
        } else {
            data.topicPartitions()
                    .forEach(topic ->
                            topic.partitions().forEach(partition -> asked.add(new Asked(topic.topic(), partition))));
        }
        return asked;
    }

    private CompletableFuture<ApiError> elect(Asked asked, Duration limit) {
        Optional<Topic> topic = cluster.topic(asked.topic(), Uuid.ZERO_UUID);
        if (topic.isEmpty() || !ClusterState.exists(topic.get(), asked.partition())) {
            return done(new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION));
        }
        OptionalInt leader = cluster.leader(topic.get(), asked.partition()).nodeId();
        PartitionId id = new PartitionId(topic.get().id(), topic.get().name(), asked.partition());
        List<Integer> replicas = topic.get().replicas().get(asked.partition());
        int preferred = replicas.get(0);
        if (leader.isPresent() && leader.getAsInt() == preferred) {
            return done(new ApiError(Errors.ELECTION_NOT_NEEDED));
        } else if (cluster.broker(preferred).isEmpty()) {
            return done(new ApiError(
                    Errors.PREFERRED_LEADER_NOT_AVAILABLE, "broker " + preferred + " is not there; start it"));
        }
        return elections.electPreferred(id, replicas, limit).handle((elected, failure) -> {
            if (failure == null) {
                return ApiError.NONE;
            }
            LOG.atInfo()
                    .addKeyValue("partition", id)
                    .addKeyValue("reason", failure)
                    .log("no preferred leader");
            return new ApiError(
                    Errors.PREFERRED_LEADER_NOT_AVAILABLE,
                    "broker " + preferred + " did not become the leader in time; it may have to catch up first");
        });
    }

    /** Whether it has a leader its replicas say: what was published may be one that has died since. */
    private CompletableFuture<ApiError> electUnclean(Asked asked, boolean isForAll) {
        Optional<Topic> topic = cluster.topic(asked.topic(), Uuid.ZERO_UUID);
        if (topic.isEmpty() || !ClusterState.exists(topic.get(), asked.partition())) {
            return done(new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION));
        } else if (isForAll) {
            return done(
                    cluster.leader(topic.get(), asked.partition()).nodeId().isPresent()
                            ? new ApiError(Errors.ELECTION_NOT_NEEDED)
                            : new ApiError(
                                    Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                                    "what is lost with it cannot be brought back: name the partition, or see"
                                            + " oarlog partition force-recover"));
        }
        PartitionId id = new PartitionId(topic.get().id(), topic.get().name(), asked.partition());
        return quorums.recover(id)
                .handle((survivor, failure) -> failure == null ? ApiError.NONE : notRecovered(id, failure));
    }

    private static ApiError notRecovered(PartitionId id, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        LOG.atInfo().addKeyValue("partition", id).addKeyValue("reason", cause).log("no replica leads alone");
        if (cause instanceof RecoveryRefusedException refused) {
            return refused.isLed()
                    ? new ApiError(Errors.ELECTION_NOT_NEEDED)
                    : new ApiError(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE, refused.getMessage());
        }
        return new ApiError(
                Errors.REQUEST_TIMED_OUT, "it is not known whether a replica leads alone, ask again: " + cause);
    }

    private static CompletableFuture<ApiError> done(ApiError error) {
        return CompletableFuture.completedFuture(error);
    }

    private static PartitionResult result(int partition, ApiError error) {
        return new PartitionResult()
                .setPartitionId(partition)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }

    private static ApiResponse answer(
            Map<Asked, CompletableFuture<PartitionResult>> results, boolean isForAll, short version) {
        Map<String, ReplicaElectionResult> byTopic = new LinkedHashMap<>();
        results.forEach((asked, future) -> {
            PartitionResult result = future.join();
            if (!isForAll || result.errorCode() != Errors.ELECTION_NOT_NEEDED.code()) {
                byTopic.computeIfAbsent(asked.topic(), name -> new ReplicaElectionResult().setTopic(name))
                        .partitionResult()
                        .add(result);
            }
        });
        return new ApiResponse.Answer(
                new ElectLeadersResponse(0, Errors.NONE.code(), List.copyOf(byTopic.values()), version));
    }
}
