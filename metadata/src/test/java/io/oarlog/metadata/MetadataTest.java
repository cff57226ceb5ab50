package io.oarlog.metadata;

import static io.oarlog.metadata.TestGroup.LIMIT;
import static io.oarlog.metadata.TestGroup.NODES;
import static io.oarlog.metadata.TestGroup.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.TestGroup.Fault;
import io.oarlog.metadata.TopicOutcome.AlreadyExists;
import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.metadata.TopicOutcome.Unknown;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MetadataTest {
    private TestGroup group;

    @BeforeEach
    void start() {
        group = new TestGroup();
    }

    @AfterEach
    void stop() {
        group.close();
    }

    @Test
    void shouldAgreeOnOneClusterIdAndOnTheBrokers() {
        for (int node : NODES) {
            assertThat(group.metadata(node).clusterId())
                    .hasSize(22)
                    .isEqualTo(group.metadata(1).clusterId());
            assertThat(group.metadata(node).brokers())
                    .containsExactly(
                            new BrokerRegistration(1, "host-1", 9091),
                            new BrokerRegistration(2, "host-2", 9092),
                            new BrokerRegistration(3, "host-3", 9093));
            assertThat(group.metadata(node).controllerId()).hasValue(1);
        }
    }

    @Test
    void shouldLayOutTheTreeAsClassicKafkaDoes() {
        // when
        Topic topic = group.create(1, "orders", 1);

        // then
        ZnodeTree tree = group.node(1).machine.tree();
        assertThat(tree.children("/"))
                .containsExactly("brokers", "cluster", "config", "consumers", "latest_producer_id_block", "zookeeper");
        assertThat(text("/zookeeper/config"))
                .isEqualTo("server.1=host-1:9190:9191:participant\nserver.2=host-2:9190:9191:participant\n"
                        + "server.3=host-3:9190:9191:participant\nversion=0");
        assertThat(tree.children("/brokers")).containsExactly("ids", "topics");
        assertThat(tree.children("/brokers/ids")).containsExactly("1", "2", "3");
        assertThat(text("/brokers/ids/2"))
                .isEqualTo("{\"listener_security_protocol_map\":{\"PLAINTEXT\":\"PLAINTEXT\"},"
                        + "\"endpoints\":[\"PLAINTEXT://host-2:9092\"],\"jmx_port\":-1,\"features\":{},"
                        + "\"host\":\"host-2\",\"timestamp\":\"1700000000000\",\"port\":9092,\"version\":5}");
        assertThat(text("/cluster/id"))
                .isEqualTo("{\"version\":\"1\",\"id\":\"" + group.metadata(1).clusterId() + "\"}");
        assertThat(text("/brokers/topics/orders"))
                .isEqualTo("{\"removing_replicas\":{},\"partitions\":{\"0\":"
                        + topic.replicas().get(0).toString().replace(" ", "") + "},\"topic_id\":\""
                        + KafkaUuid.format(topic.id()) + "\",\"adding_replicas\":{},\"version\":3}");
        assertThat(text("/config/topics/orders")).isEqualTo("{\"version\":1,\"config\":{}}");
    }

    @Test
    void shouldShowACreatedTopicOnTheNodeThatWasAsked() {
        // when
        TopicOutcome outcome =
                get(group.metadata(2).createTopic("orders", 4, 2, Map.of("cleanup.policy", "compact"), false));

        // then
        Topic topic = ((Done) outcome).topic();
        assertThat(group.metadata(2).topic("orders")).contains(topic);
        assertThat(group.metadata(2).topic(topic.id())).contains(topic);
        assertThat(group.metadata(2).topics()).containsExactly(topic);
        assertThat(topic.partitionCount()).isEqualTo(4);
        assertThat(topic.replicas()).allSatisfy(replicas -> assertThat(replicas).hasSize(2));
        assertThat(topic.configs()).containsEntry("cleanup.policy", "compact");
    }

    @Test
    void shouldCompleteAWriteOnlyWhenItIsAppliedHere() {
        // given: node 2 applies nothing for now
        group.node(2).lag(true);

        // when
        CompletableFuture<TopicOutcome> creation = group.metadata(2).createTopic("orders", 1, 1, Map.of(), false);
        await().atMost(LIMIT).until(() -> group.metadata(1).topic("orders").isPresent());

        // then
        assertThat(creation).isNotDone();
        group.node(2).lag(false);
        assertThat(get(creation)).isInstanceOf(Done.class);
        assertThat(group.metadata(2).topic("orders")).isPresent();
    }

    @Test
    void shouldUseTheDefaultsWhenTheRequestDoesNotSay() {
        // when
        TopicOutcome outcome = get(group.metadata(1).createTopic("orders", -1, -1, Map.of(), false));

        // then
        assertThat(((Done) outcome).topic().replicas())
                .hasSize(2)
                .allSatisfy(replicas -> assertThat(replicas).hasSize(3));
    }

    @Test
    void shouldChangeNothingWhenOnlyValidating() {
        // when
        TopicOutcome valid = get(group.metadata(1).createTopic("orders", 4, 2, Map.of(), true));
        TopicOutcome invalid = get(group.metadata(1).createTopic("orders", 4, 4, Map.of(), true));

        // then
        assertThat(valid).isInstanceOf(Done.class);
        assertThat(invalid)
                .isInstanceOfSatisfying(
                        Invalid.class, refused -> assertThat(refused.rule()).isEqualTo(Rule.REPLICATION_FACTOR));
        assertThat(group.metadata(1).topics()).isEmpty();
    }

    @Test
    void shouldTakeAnAssignmentAsItIsGivenOrRefuseIt() {
        // when
        TopicOutcome good = get(group.metadata(1)
                .createTopicWithAssignment("orders", List.of(List.of(3, 1), List.of(2, 3)), Map.of(), false));
        TopicOutcome bad =
                get(group.metadata(1).createTopicWithAssignment("other", List.of(List.of(3, 4)), Map.of(), false));

        // then
        assertThat(((Done) good).topic().replicas()).containsExactly(List.of(3, 1), List.of(2, 3));
        assertThat(bad)
                .isInstanceOfSatisfying(
                        Invalid.class, refused -> assertThat(refused.rule()).isEqualTo(Rule.ASSIGNMENT));
    }

    @Test
    void shouldCreateATopicOnceWhenAllBrokersAreAskedAtTheSameTime() {
        // when
        List<CompletableFuture<TopicOutcome>> creations = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            creations.add(group.metadata(1 + i % 3).createTopic("orders", 2, 2, Map.of(), false));
        }

        // then
        List<TopicOutcome> outcomes = creations.stream().map(TestGroup::get).toList();
        assertThat(outcomes).filteredOn(Done.class::isInstance).hasSize(1);
        assertThat(outcomes).filteredOn(AlreadyExists.class::isInstance).hasSize(29);
    }

    @Test
    void shouldTellTheCreatorThatItIsDoneWhenTheAnswerWasLost() {
        // given
        group.node(2).faults.add(Fault.TIMEOUT_APPLIED);

        // when
        TopicOutcome outcome = get(group.metadata(2).createTopic("orders", 1, 1, Map.of(), false));

        // then
        assertThat(outcome).isInstanceOf(Done.class);
        assertThat(group.metadata(2).topic("orders")).contains(((Done) outcome).topic());
    }

    @Test
    void shouldCreateAfterAllWhenTheCommandWasLost() {
        // given
        group.node(2).faults.add(Fault.TIMEOUT_NOT_APPLIED);

        // when
        TopicOutcome outcome = get(group.metadata(2).createTopic("orders", 1, 1, Map.of(), false));

        // then
        assertThat(outcome).isInstanceOf(Done.class);
    }

    @Test
    void shouldFailWithATimeoutWhenTheGroupCannotBeReached() {
        // given
        group.node(2).isCutOff = true;

        // when
        CompletableFuture<TopicOutcome> creation = group.metadata(2).createTopic("orders", 1, 1, Map.of(), false);

        // then
        assertThatThrownBy(() -> creation.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(TimeoutException.class);
    }

    @Test
    void shouldDeleteATopicWithAllItsZnodes() {
        // given
        Topic topic = group.create(1, "orders", 3);
        group.metadata(1).publishLeader(topic.id(), 1, new PublishedLeader(1, 4, List.of(1)));
        await().atMost(LIMIT)
                .until(() -> group.metadata(1).publishedLeader(topic.id(), 1).isPresent());

        // when
        TopicOutcome outcome = get(group.metadata(3).deleteTopic("orders"));

        // then
        assertThat(outcome).isEqualTo(new Done(topic));
        assertThat(group.metadata(3).topic("orders")).isEmpty();
        assertThat(group.metadata(3).topic(topic.id())).isEmpty();
        assertThat(group.metadata(3).publishedLeader(topic.id(), 1)).isEmpty();
        assertThat(group.node(3).machine.tree().children("/brokers/topics")).isEmpty();
        assertThat(group.node(3).machine.tree().children("/config/topics")).isEmpty();
    }

    @Test
    void shouldDeleteWhatAnotherBrokerCreatedAndThisOneHasNotSeenYet() {
        // given
        group.node(2).lag(true);
        group.create(1, "orders", 1);

        // when
        CompletableFuture<TopicOutcome> deletion = group.metadata(2).deleteTopic("orders");
        group.node(2).lag(false);

        // then
        assertThat(get(deletion)).isInstanceOf(Done.class);
        assertThat(get(group.metadata(2).deleteTopic("orders"))).isEqualTo(new Unknown("orders"));
    }

    @Test
    void shouldDeleteOnceWhenAnswerOrCommandIsLost() {
        for (Fault fault : Fault.values()) {
            // given
            Topic topic = group.create(2, "orders", 1);
            group.node(2).faults.add(fault);

            // when
            TopicOutcome outcome = get(group.metadata(2).deleteTopic("orders"));

            // then
            assertThat(outcome).as("%s", fault).isEqualTo(new Done(topic));
            assertThat(group.metadata(2).topics()).as("%s", fault).isEmpty();
        }
    }

    @Test
    void shouldTellListenersOfTopicsInOrder() {
        // given
        List<String> told = new CopyOnWriteArrayList<>();
        group.metadata(1).addListener(new MetadataListener() {
            @Override
            public void onTopicCreated(Topic topic) {
                assertThat(group.metadata(1).topic(topic.id())).contains(topic);
                told.add("created " + topic.name());
            }

            @Override
            public void onTopicChanged(Topic before, Topic now) {
                told.add("changed " + now.name() + " " + before.partitionCount() + " to " + now.partitionCount() + " "
                        + now.configs());
            }

            @Override
            public void onTopicDeleted(Topic topic) {
                assertThat(group.metadata(1).topic(topic.id())).isEmpty();
                told.add("deleted " + topic.name());
            }
        });

        // when
        group.create(1, "a", 1);
        group.create(1, "b", 1);
        get(group.metadata(1).addPartitions("b", 2, List.of(), false));
        get(group.metadata(1).changeConfigs("b", topic -> new ConfigEdit.Changed(Map.of("k", "v")), false));
        get(group.metadata(1).deleteTopic("a"));
        group.create(1, "a", 2);

        // then
        assertThat(told)
                .containsExactly(
                        "created a",
                        "created b",
                        "changed b 1 to 2 {}",
                        "changed b 2 to 2 {k=v}",
                        "deleted a",
                        "created a");
    }

    @Test
    void shouldNeverGiveAProducerIdTwice() {
        // given: three brokers, lost answers and lost commands, one restart
        Set<Long> ids = new HashSet<>();
        int asked = 0;
        for (int round = 0; round < 8; round++) {
            List<CompletableFuture<Long>> futures = new ArrayList<>();
            for (int node : NODES) {
                group.node(node).faults.clear();
                group.node(node).faults.add(round % 2 == 0 ? Fault.TIMEOUT_APPLIED : Fault.TIMEOUT_NOT_APPLIED);
                for (int i = 0; i < 400; i++) {
                    futures.add(group.metadata(node).nextProducerId());
                }
            }

            // when
            futures.forEach(future -> ids.add(get(future)));
            asked += futures.size();
            if (round == 4) {
                group.crash(2);
                group.start(2);
                get(group.metadata(2).started());
            }
        }

        // then
        assertThat(ids).hasSize(asked);
        assertThat(text("/latest_producer_id_block")).startsWith("{\"version\":1,\"broker\":");
    }

    @Test
    void shouldPublishLeadersInFewWrites() {
        // given
        Topic topic = group.create(1, "orders", 3_000);
        long before = group.node(1).proposed.get();

        // when
        for (int partition = 0; partition < 3_000; partition++) {
            group.metadata(1)
                    .publishLeader(topic.id(), partition, new PublishedLeader(1, 1 + partition, List.of(1, 3)));
        }

        // then
        await().atMost(LIMIT).until(() -> leader(topic, 2_999).isPresent());
        for (int partition = 0; partition < 3_000; partition++) {
            assertThat(leader(topic, partition)).contains(new PublishedLeader(1, 1 + partition, List.of(1, 3)));
        }
        assertThat(group.node(1).proposed.get() - before).isLessThan(20);
        assertThat(text("/brokers/topics/orders/partitions/4/state"))
                .isEqualTo("{\"controller_epoch\":0,\"leader\":1,\"version\":1,\"leader_epoch\":5,\"isr\":[1,3]}");
    }

    @Test
    void shouldNeverLetAnOlderLeaderReplaceANewerOne() {
        // given: brokers 1 and 2 publish for the same partitions, newer and older epochs at the same time
        Topic topic = group.create(1, "orders", 50);
        get(group.metadata(2).sync());

        // when
        for (int epoch = 1; epoch <= 20; epoch++) {
            for (int partition = 0; partition < 50; partition++) {
                group.metadata(1).publishLeader(topic.id(), partition, new PublishedLeader(1, epoch, List.of(1)));
                group.metadata(2).publishLeader(topic.id(), partition, new PublishedLeader(2, 100 - epoch, List.of(2)));
            }
        }

        // then
        await().atMost(LIMIT).untilAsserted(() -> {
            for (int partition = 0; partition < 50; partition++) {
                assertThat(leader(topic, partition)).contains(new PublishedLeader(2, 99, List.of(2)));
            }
        });
        group.metadata(1).publishLeader(topic.id(), 7, new PublishedLeader(1, 98, List.of(1)));
        group.metadata(1).publishLeader(topic.id(), 8, new PublishedLeader(1, 100, List.of(1)));
        await().atMost(LIMIT)
                .until(() -> leader(topic, 8).equals(Optional.of(new PublishedLeader(1, 100, List.of(1)))));
        assertThat(leader(topic, 7)).contains(new PublishedLeader(2, 99, List.of(2)));
    }

    @Test
    void shouldPublishAgainWhatCouldNotBeWritten() {
        // given
        Topic topic = group.create(1, "orders", 2);
        group.node(1).isCutOff = true;
        group.metadata(1).publishLeader(topic.id(), 0, new PublishedLeader(1, 1, List.of(1)));
        group.metadata(1).publishLeader(topic.id(), 1, new PublishedLeader(1, 1, List.of(1)));

        // when: a newer leader is wanted for one of them meanwhile
        group.metadata(1).publishLeader(topic.id(), 1, new PublishedLeader(1, 2, List.of(1)));
        group.node(1).isCutOff = false;

        // then
        await().atMost(LIMIT).until(() -> leader(topic, 0).equals(Optional.of(new PublishedLeader(1, 1, List.of(1)))));
        await().atMost(LIMIT).until(() -> leader(topic, 1).equals(Optional.of(new PublishedLeader(1, 2, List.of(1)))));
    }

    @Test
    void shouldDropLeadersOfATopicThatIsGone() {
        // given
        Topic gone = group.create(1, "orders", 1);
        get(group.metadata(1).deleteTopic("orders"));
        Topic next = group.create(1, "orders", 1);

        // when
        group.metadata(1).publishLeader(gone.id(), 0, new PublishedLeader(1, 9, List.of(1)));
        group.metadata(1).publishLeader(next.id(), 0, new PublishedLeader(2, 1, List.of(2)));

        // then
        await().atMost(LIMIT).until(() -> leader(next, 0).equals(Optional.of(new PublishedLeader(2, 1, List.of(2)))));
        assertThat(leader(gone, 0)).isEmpty();
    }

    @Test
    void shouldTakeASilentBrokerForDeadAndALiveOneBack() {
        // given
        group.node(3).isCutOff = true;

        // when: the others are heard all the time
        awaitWhileTimePasses(() -> ids(1).equals(List.of(1, 2)));
        group.node(3).isCutOff = false;

        // then
        await().atMost(LIMIT).until(() -> ids(1).equals(List.of(1, 2, 3)));
        await().atMost(LIMIT).until(() -> ids(3).equals(List.of(1, 2, 3)));
    }

    @Test
    void shouldGiveEverySessionItsFullTimeoutWhenTheLeaderChanges() {
        // given: node 3 was silent for 5 of 6 s
        group.node(3).isCutOff = true;
        for (int second = 0; second < 5; second++) {
            group.advance(Duration.ofSeconds(1));
            awaitPings();
        }

        // when
        group.lead(2);
        group.advance(Duration.ofSeconds(2));
        awaitPings();

        // then
        assertThat(ids(2)).containsExactly(1, 2, 3);
        awaitWhileTimePasses(() -> ids(2).equals(List.of(1, 2)));
    }

    @Test
    void shouldReplaceItsOldRegistrationWhenABrokerRestarts() {
        // given
        long oldOwner = owner(3);
        group.crash(3);

        // when
        group.start(3);
        get(group.metadata(3).started());

        // then
        assertThat(owner(3)).isNotEqualTo(oldOwner);
        assertThat(ids(3)).containsExactly(1, 2, 3);
        awaitWhileTimePasses(() -> group.node(1).machine.tree().sessions().ids().size() == 3);
        assertThat(ids(1)).containsExactly(1, 2, 3);
    }

    @Test
    void shouldRegisterAgainWhenItsZnodeIsDeleted() {
        // given
        ReplicatedTree operator = group.metadata(1).replicatedTree();

        // when
        get(operator.submit(new ZnodeCommand.Delete("/brokers/ids/3", -1)));

        // then
        await().atMost(LIMIT).until(() -> ids(1).equals(List.of(1, 2, 3)));
    }

    @Test
    void shouldBeGoneAtOnceWhenItIsClosed() {
        // when
        group.metadata(3).close();

        // then
        await().atMost(LIMIT).until(() -> ids(1).equals(List.of(1, 2)));
        assertThat(group.node(1).machine.tree().sessions().ids()).hasSize(2);
    }

    @Test
    void shouldHaveAppliedWhatWasCommittedWhenSynced() {
        // given
        group.node(3).lag(true);
        group.create(1, "orders", 1);

        // when
        CompletableFuture<Void> synced = group.metadata(3).sync();

        // then
        assertThat(group.metadata(3).topic("orders")).isEmpty();
        group.node(3).lag(false);
        get(synced);
        assertThat(group.metadata(3).topic("orders")).isPresent();
    }

    @Test
    void shouldNameGroupsUntilTheyAreRemoved() {
        // when
        boolean isNamed = get(group.metadata(1).addGroupName("billing"));
        boolean isNamedAgain = get(group.metadata(2).addGroupName("billing"));
        boolean isSlashNamed = get(group.metadata(1).addGroupName("a/b"));
        Set<String> named = group.metadata(2).groupNames();
        boolean isRemoved = get(group.metadata(2).removeGroupName("billing"));

        // then
        assertThat(isNamed).isTrue();
        assertThat(isNamedAgain).isTrue();
        assertThat(isSlashNamed).isFalse();
        assertThat(named).containsExactly("billing");
        assertThat(isRemoved).isTrue();
        assertThat(group.metadata(2).hasGroupName("billing")).isFalse();
    }

    @Test
    void shouldLeaveWhatClientsKeepUnderAGroupsName() {
        // given: as consumers of old did, and one that only looks like a group
        ReplicatedTree operator = group.metadata(1).replicatedTree();
        get(group.metadata(1).addGroupName("old"));
        get(operator.submit(ZnodeCommand.Create.persistent("/consumers/old/offsets", ZnodeData.EMPTY)));
        get(operator.submit(ZnodeCommand.Create.persistent("/consumers/foreign", ZnodeData.EMPTY)));

        // when
        boolean isOldRemoved = get(group.metadata(1).removeGroupName("old"));
        boolean isForeignRemoved = get(group.metadata(1).removeGroupName("foreign"));

        // then
        assertThat(isOldRemoved).isFalse();
        assertThat(isForeignRemoved).isFalse();
        assertThat(group.metadata(1).groupNames()).containsExactly("old");
    }

    @Test
    void shouldKeepATopicWhoseZnodesSomebodySpoilt() {
        // given
        Topic topic = group.create(1, "orders", 1);
        ReplicatedTree operator = group.metadata(1).replicatedTree();
        ZnodeData spoilt = ZnodeData.utf8("not json");

        // when
        for (String path : List.of("/config/topics/orders", "/brokers/topics/orders", "/cluster/id")) {
            get(operator.submit(new ZnodeCommand.SetData(path, spoilt, -1)));
        }

        // then
        assertThat(group.metadata(1).topic("orders")).contains(topic);
        assertThat(group.metadata(1).clusterId()).hasSize(22);
    }

    private Optional<PublishedLeader> leader(Topic topic, int partition) {
        return group.metadata(1).publishedLeader(topic.id(), partition);
    }

    private String text(String path) {
        return group.node(1).machine.tree().get(path).orElseThrow().data().toText();
    }

    private long owner(int broker) {
        return group.node(1)
                .machine
                .tree()
                .get("/brokers/ids/" + broker)
                .orElseThrow()
                .ephemeralOwner();
    }

    private List<Integer> ids(int node) {
        return group.metadata(node).brokers().stream()
                .map(BrokerRegistration::id)
                .toList();
    }

    /** Half a second at a time, with pings between. */
    private void awaitWhileTimePasses(BooleanSupplier condition) {
        await().atMost(LIMIT).pollDelay(Duration.ZERO).until(() -> {
            group.advance(Duration.ofMillis(500));
            awaitPings();
            return condition.getAsBoolean();
        });
    }

    /** Until every broker that can be heard has been heard since the call. */
    private void awaitPings() {
        List<TestGroup.Node> heard =
                NODES.stream().map(group::node).filter(node -> !node.isCutOff).toList();
        List<Long> wanted = heard.stream().map(node -> node.pings.get() + 2).toList();
        for (int i = 0; i < heard.size(); i++) {
            long pings = wanted.get(i);
            TestGroup.Node node = heard.get(i);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(LIMIT)
                    .until(() -> node.pings.get() >= pings);
        }
    }
}
