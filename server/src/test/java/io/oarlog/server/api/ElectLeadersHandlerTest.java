package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionQuorum;
import io.oarlog.raft.RecoveryRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ElectLeadersRequest;
import org.apache.kafka.common.requests.ElectLeadersResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ElectLeadersHandlerTest {
    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("orders");
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 0, 20);
    private final List<PartitionId> elections = new ArrayList<>();
    private final List<PartitionId> recovered = new ArrayList<>();
    private CompletableFuture<Integer> recovery = CompletableFuture.completedFuture(1);
    private CompletableFuture<Void> outcome = CompletableFuture.completedFuture(null);

    private final ElectLeadersHandler handler = new ElectLeadersHandler(
            new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log)),
            (partition, replicas, limit) -> {
                assertThat(replicas).isEqualTo(topic.replicas().get(0));
                elections.add(partition);
                return outcome;
            },
            new PartitionQuorums() {
                @Override
                public CompletableFuture<PartitionQuorum> look(PartitionId partition) {
                    throw new AssertionError("nobody asked");
                }

                @Override
                public CompletableFuture<Integer> recover(PartitionId partition) {
                    recovered.add(partition);
                    return recovery;
                }
            });

    @AfterEach
    void stop() {
        metadata.close();
    }

    /** For all partitions. */
    private List<PartitionResult> elect() {
        return ask(new ElectLeadersRequestData().setTopicPartitions(null));
    }

    private Errors elect(int partition) {
        ElectLeadersRequestData data = new ElectLeadersRequestData();
        data.topicPartitions().add(new TopicPartitions().setTopic(topic.name()).setPartitions(List.of(partition)));
        return Errors.forCode(ask(data).get(0).errorCode());
    }

    private PartitionResult electUnclean() {
        ElectLeadersRequestData data = new ElectLeadersRequestData().setElectionType(ElectionType.UNCLEAN.value);
        data.topicPartitions().add(new TopicPartitions().setTopic(topic.name()).setPartitions(List.of(0)));
        return ask(data).get(0);
    }

    private List<PartitionResult> ask(ElectLeadersRequestData data) {
        ElectLeadersResponse response = (ElectLeadersResponse)
                ApiQuestion.ask(handler, data.setTimeoutMs(1_000), (short) 2, ElectLeadersRequest::parse);
        return response.data().replicaElectionResults().stream()
                .flatMap(result -> result.partitionResult().stream())
                .toList();
    }

    @Test
    void shouldHaveThePreferredReplicaElectedWhereAnotherLeads() {
        log.following();
        assertThat(elect(0)).isEqualTo(Errors.NONE);
        assertThat(elections).containsExactly(new PartitionId(topic.id(), topic.name(), 0));
    }

    @Test
    void shouldSayThatThePreferredReplicaDoesNotComeToLead() {
        log.following();
        outcome = CompletableFuture.failedFuture(new TimeoutException("too late"));
        assertThat(elect(0)).isEqualTo(Errors.PREFERRED_LEADER_NOT_AVAILABLE);
    }

    @Test
    void shouldElectNobodyWhereThePreferredReplicaLeads() {
        assertThat(elect(0)).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        assertThat(elect(1)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(elections).isEmpty();
    }

    /** Whom the tree has for the leader may have died. */
    @Test
    void shouldHaveOneReplicaLeadAloneWhateverWasPublished() {
        assertThat(electUnclean().errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(recovered).containsExactly(new PartitionId(topic.id(), topic.name(), 0));
    }

    @Test
    void shouldSayWhyNoReplicaLeadsAlone() {
        recovery = CompletableFuture.failedFuture(new RecoveryRefusedException("node 2 does not answer", false));
        assertThat(electUnclean().errorCode()).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE.code());
        assertThat(electUnclean().errorMessage()).isEqualTo("node 2 does not answer");
        recovery = CompletableFuture.failedFuture(new RecoveryRefusedException("node 2 leads it", true));
        assertThat(electUnclean().errorCode()).isEqualTo(Errors.ELECTION_NOT_NEEDED.code());
        recovery = CompletableFuture.failedFuture(new TimeoutException("too late"));
        assertThat(electUnclean().errorCode()).isEqualTo(Errors.REQUEST_TIMED_OUT.code());
    }

    /** What is lost with it is to be looked at for each. */
    @Test
    void shouldRecoverNothingThatIsNotNamed() {
        log.leaderless();
        assertThat(ask(new ElectLeadersRequestData()
                        .setElectionType(ElectionType.UNCLEAN.value)
                        .setTopicPartitions(null)))
                .singleElement()
                .satisfies(result ->
                        assertThat(result.errorCode()).isEqualTo(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE.code()));
        assertThat(recovered).isEmpty();
    }

    @Test
    void shouldTellWhoAsksForAllOfThoseAloneThatHadAnElection() {
        assertThat(elect()).isEmpty();
        log.following();
        assertThat(elect())
                .singleElement()
                .satisfies(result -> assertThat(result.partitionId()).isZero());
    }
}
