package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.SimulatedGroup.CommitFault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A consumer as a member of a simulated group. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class GroupConsumerTest {
    private static final TopicPartition P0 = new TopicPartition(SimulatedCluster.TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(SimulatedCluster.TOPIC, 1);
    private static final Duration STEP = Duration.ofMillis(20);
    private static final int PARTITIONS = 4;

    private final SimulatedCluster cluster = new SimulatedCluster(3, PARTITIONS);
    private final List<Consumer> members = new ArrayList<>();

    @AfterEach
    void stop() {
        members.forEach(Consumer::close);
        assertThat(cluster.group(SimulatedGroup::breaches)).isEmpty();
        cluster.close();
    }

    private ConsumerSettings settings() {
        return ConsumerSettings.defaults(cluster.bootstrap()).withOperationTimeout(Duration.ofSeconds(10));
    }

    private Consumer member() {
        return member(settings(), AssignmentListener.NONE);
    }

    private Consumer member(ConsumerSettings settings, AssignmentListener listener) {
        Consumer member = new Consumer(settings);
        members.add(member);
        member.subscribe("g", List.of(SimulatedCluster.TOPIC), listener);
        return member;
    }

    private void append(int partition, int count) {
        long from = cluster.values(partition).size();
        SimpleRecord[] records = LongStream.range(from, from + count)
                .mapToObj(i -> new SimpleRecord(i, null, ("v" + i).getBytes(StandardCharsets.UTF_8)))
                .toArray(SimpleRecord[]::new);
        cluster.append(
                partition, MemoryRecords.withRecords(from, org.apache.kafka.common.compress.Compression.NONE, records));
    }

    private static void pollUntil(Consumer consumer, Predicate<Consumer> condition) {
        await().until(() -> {
            var unused = consumer.poll(STEP);
            return condition.test(consumer);
        });
    }

    private static void awaitAssigned(Consumer consumer, int partitions) {
        pollUntil(consumer, c -> c.assignment().size() == partitions);
    }

    private static List<Long> read(Consumer consumer, int count) {
        List<Long> offsets = new ArrayList<>();
        await().until(() -> {
            consumer.poll(STEP).forEach(record -> offsets.add(record.offset()));
            return offsets.size() >= count;
        });
        return offsets;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldReadFromWhereTheGroupHadCommittedOrTheBeginning(int protocolVersion) {
        // given
        for (int id = 1; id <= 3; id++) {
            cluster.broker(id).withMaxVersion(ApiKeys.CONSUMER_GROUP_HEARTBEAT, protocolVersion);
        }
        append(0, 10);
        append(1, 10);
        cluster.changeGroup(group -> group.commit(0, 7));

        // when
        Consumer consumer = member();
        List<Long> read = read(consumer, 13);

        // then
        assertThat(read).hasSize(13);
        assertThat(consumer.position(P0)).isEqualTo(10);
        assertThat(consumer.assignment()).hasSize(PARTITIONS);
        consumer.commitSync();
        assertThat(cluster.group(SimulatedGroup::committed))
                .containsEntry(0, 10L)
                .containsEntry(1, 10L);
        assertThat(consumer.committed(List.of(P0, P1))).isEqualTo(Map.of(P0, 10L, P1, 10L));
    }

    @Test
    void shouldBeginAtTheEndWhenSetSoAndNothingIsCommitted() {
        // given
        append(0, 10);
        append(1, 10);
        cluster.changeGroup(group -> group.commit(1, 4));

        // when
        Consumer consumer = member(settings().withStartAt(StartAt.END), AssignmentListener.NONE);

        // then
        assertThat(read(consumer, 6)).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(consumer.position(P0)).isEqualTo(10);
    }

    @Test
    void shouldShareAndTakeBackPartitionsWithoutLossOrRepetition() {
        // given
        Set<String> seen = new HashSet<>();
        Consumer first = member();
        awaitAssigned(first, PARTITIONS);
        Consumer second = member();

        // when
        for (int round = 0; round < 10; round++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                append(partition, 5);
            }
            if (round == 6) {
                second.close();
            }
            int expected = (round + 1) * 5 * PARTITIONS;
            Set<Consumer> live = round < 6 ? Set.of(first, second) : Set.of(first);
            await().until(() -> {
                for (Consumer member : live) {
                    for (ConsumedRecord record : member.poll(STEP)) {
                        assertThat(seen.add(record.topicPartition() + "@" + record.offset()))
                                .as("%s is read once", record)
                                .isTrue();
                    }
                    member.commitSync();
                }
                return seen.size() == expected;
            });
            if (round == 4) {
                assertThat(first.assignment()).hasSize(2).doesNotContainAnyElementsOf(second.assignment());
            }
        }

        // then
        awaitAssigned(first, PARTITIONS);
        assertThat(cluster.group(SimulatedGroup::memberCount)).isEqualTo(1);
    }

    /** A history of the chaos harness: what a member was given and lost between two polls had no owner any more. */
    @Test
    void shouldGiveBackWhatItWasGivenAndNeverTook() {
        // given
        Consumer first = member();
        awaitAssigned(first, PARTITIONS);
        Consumer second = member();
        awaitShared(first, second);
        second.close();
        await("the first is given all")
                .until(() -> cluster.group(SimulatedGroup::givenToEldest).size() == PARTITIONS);

        // when
        Consumer third = member();
        await("half of it is taken back")
                .until(() -> cluster.group(SimulatedGroup::givenToEldest).size() == PARTITIONS / 2);

        // then
        awaitShared(first, third);
    }

    private static void awaitShared(Consumer one, Consumer other) {
        await().until(() -> {
            var unused = one.poll(STEP);
            var unusedToo = other.poll(STEP);
            return one.assignment().size() == PARTITIONS / 2
                    && other.assignment().size() == PARTITIONS / 2;
        });
    }

    @Test
    void shouldLetTheListenerCommitBeforeAPartitionIsGivenBack() {
        // given
        append(0, 8);
        List<String> told = new ArrayList<>();
        Consumer[] self = new Consumer[1];
        self[0] = member(settings(), new AssignmentListener() {
            @Override
            public void onAssigned(Set<TopicPartition> partitions) {
                told.add("assigned " + partitions.size());
            }

            @Override
            public void onRevoked(Set<TopicPartition> partitions) {
                told.add("revoked " + partitions.size());
                self[0].commitSync();
            }
        });
        read(self[0], 8);

        // when
        Consumer second = member();
        await().until(() -> {
            var unused = self[0].poll(STEP);
            var unusedToo = second.poll(STEP);
            return second.assignment().size() == 2;
        });
        self[0].close();

        // then
        assertThat(told).startsWith("assigned 4", "revoked 2").endsWith("revoked 2");
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 8L);
        assertThat(second.poll(Duration.ZERO)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID"})
    void shouldJoinAgainAndGoOnAtTheCommittedOffsetsWhenFenced(Errors error) {
        // given
        append(0, 10);
        List<Set<TopicPartition>> lost = new ArrayList<>();
        Consumer consumer = member(settings().withMaxPollRecords(5), new AssignmentListener() {
            @Override
            public void onLost(Set<TopicPartition> partitions) {
                lost.add(partitions);
            }
        });
        assertThat(read(consumer, 5)).containsExactly(0L, 1L, 2L, 3L, 4L);
        consumer.commitSync();
        assertThat(read(consumer, 5)).hasSize(5);

        // when
        cluster.changeGroup(group -> group.failHeartbeat(error));

        // then
        assertThat(read(consumer, 5)).containsExactly(5L, 6L, 7L, 8L, 9L);
        assertThat(lost).hasSize(1);
        consumer.commitSync();
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 10L);
    }

    @Test
    void shouldNotCommitForAMemberThatTheGroupHasRemoved() {
        // given
        append(0, 10);
        Consumer consumer = member();
        read(consumer, 10);

        // when
        cluster.changeGroup(SimulatedGroup::expireAll);

        // then
        assertThatThrownBy(consumer::commitSync).isInstanceOf(MembershipLostException.class);
        assertThat(cluster.group(SimulatedGroup::committed)).isEmpty();
        assertThat(read(consumer, 10))
                .as("again, because nothing was committed")
                .hasSize(10);
        consumer.commitSync();
    }

    @Test
    void shouldFollowTheCoordinator() {
        // given
        append(0, 10);
        Consumer consumer = member();
        read(consumer, 10);

        // when: it moves, its broker dies, and there is none for a while
        cluster.changeGroup(group -> group.moveTo(2));
        consumer.commitSync();
        cluster.changeGroup(group -> group.setCoordinatorIsKnown(false));
        cluster.broker(2).close();
        append(0, 5);
        assertThat(read(consumer, 5)).hasSize(5);
        CompletableFuture<Void> commit = consumer.commitAsync();
        assertThat(commit).isNotDone();
        cluster.changeGroup(group -> {
            group.moveTo(3);
            group.setCoordinatorIsKnown(true);
        });
        commit.join();

        // then
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 15L);
        assertThat(consumer.assignment()).hasSize(PARTITIONS);
        assertThat(cluster.group(SimulatedGroup::memberCount)).isEqualTo(1);
    }

    @Test
    void shouldFollowTheCoordinatorBeforeTheRequestTimeoutWhenItsBrokerHangs() {
        // given
        append(1, 5);
        Consumer consumer = member(settings().withRequestTimeout(Duration.ofSeconds(40)), AssignmentListener.NONE);
        read(consumer, 5);

        // when
        cluster.broker(1).hang();
        cluster.changeGroup(group -> group.moveTo(3));

        // then
        consumer.commitSync();
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(1, 5L);
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {
                "NOT_COORDINATOR",
                "COORDINATOR_NOT_AVAILABLE",
                "COORDINATOR_LOAD_IN_PROGRESS",
                "REQUEST_TIMED_OUT",
                "STALE_MEMBER_EPOCH"
            })
    void shouldCommitAgainWhenThatCanHelp(Errors error) {
        // given
        append(0, 10);
        Consumer consumer = member();
        read(consumer, 10);

        // when
        cluster.changeGroup(group -> {
            group.failCommit(new CommitFault(error, false, false));
            group.failCommit(new CommitFault(Errors.NONE, true, true));
        });
        consumer.commitSync();

        // then
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 10L);
    }

    @Test
    void shouldNeverPutACommittedOffsetBackWhenCommitsAreRetried() {
        // given
        append(0, 10);
        Consumer consumer = member();
        awaitAssigned(consumer, PARTITIONS);
        cluster.changeGroup(group -> group.failCommit(new CommitFault(Errors.REQUEST_TIMED_OUT, false, false)));

        // when
        List<CompletableFuture<Void>> commits = new ArrayList<>();
        for (long offset = 1; offset <= 10; offset++) {
            commits.add(consumer.commitAsync(Map.of(P0, offset)));
        }
        commits.forEach(CompletableFuture::join);

        // then
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 10L);
        assertThat(cluster.group(SimulatedGroup::commits))
                .as("what waits goes together")
                .isLessThan(5);
    }

    @Test
    void shouldSayThatTheOutcomeOfACommitIsNotKnownOrThatItWasNotSent() {
        // given
        Consumer consumer = member(settings().withOperationTimeout(Duration.ofMillis(300)), AssignmentListener.NONE);
        awaitAssigned(consumer, PARTITIONS);
        cluster.changeGroup(group -> {
            for (int i = 0; i < 50; i++) {
                group.failCommit(new CommitFault(Errors.NONE, true, true));
            }
        });

        // when, then
        assertThatThrownBy(() -> consumer.commitSync(Map.of(P0, 3L))).isInstanceOf(UnknownOutcomeException.class);
        cluster.changeGroup(group -> {
            group.moveTo(2);
            group.setCoordinatorIsKnown(false);
        });
        int heartbeats = cluster.group(SimulatedGroup::heartbeats);
        await().until(() -> cluster.group(SimulatedGroup::heartbeats) > heartbeats);
        await().during(Duration.ofMillis(200)).until(() -> cluster.group(SimulatedGroup::heartbeats) > heartbeats);
        assertThatThrownBy(() -> consumer.commitSync(Map.of(P0, 4L))).isInstanceOf(BrokerUnavailableException.class);
        cluster.changeGroup(group -> group.setCoordinatorIsKnown(true));
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 3L);
    }

    @Test
    void shouldRefuseCommitsThatMakeNoSense() {
        // given
        Consumer consumer = member();
        awaitAssigned(consumer, PARTITIONS);
        TopicPartition foreign = new TopicPartition("other", 0);

        // when, then
        assertThatThrownBy(() -> consumer.commitSync(Map.of(foreign, 3L))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> consumer.commitSync(Map.of(P0, -3L))).isInstanceOf(IllegalArgumentException.class);
        cluster.changeGroup(
                group -> group.failCommit(new CommitFault(Errors.GROUP_AUTHORIZATION_FAILED, false, false)));
        assertThatThrownBy(() -> consumer.commitSync(Map.of(P0, 3L))).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> consumer.assign(List.of(P0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> consumer.subscribe("other", List.of("t"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldThrowAtEachPollWhenTheGroupWantsNoSuchMember() {
        // given
        cluster.changeGroup(group -> group.failHeartbeat(Errors.GROUP_AUTHORIZATION_FAILED));
        Consumer consumer = member();

        // when, then
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(10)))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("scripted");
        }
    }

    @Test
    void shouldLeaveWhenNotPolledAndComeBackWhenPolled() {
        // given
        append(0, 10);
        Consumer consumer = member(settings().withMaxPollInterval(Duration.ofMillis(300)), AssignmentListener.NONE);
        read(consumer, 10);
        consumer.commitSync();

        // when
        await().until(() -> cluster.group(SimulatedGroup::memberCount) == 0);

        // then
        assertThatThrownBy(() -> consumer.commitSync()).isInstanceOf(MembershipLostException.class);
        append(0, 5);
        assertThat(read(consumer, 5)).containsExactly(10L, 11L, 12L, 13L, 14L);
    }

    @Test
    void shouldStayAMemberWhileItWaitsInPoll() {
        // given
        Consumer consumer = member(settings().withMaxPollInterval(Duration.ofMillis(300)), AssignmentListener.NONE);
        awaitAssigned(consumer, PARTITIONS);
        int heartbeats = cluster.group(SimulatedGroup::heartbeats);

        // when
        assertThat(consumer.poll(Duration.ofSeconds(1))).isEmpty();

        // then
        assertThat(consumer.assignment()).hasSize(PARTITIONS);
        assertThat(cluster.group(SimulatedGroup::memberCount)).isEqualTo(1);
        assertThat(cluster.group(SimulatedGroup::heartbeats) - heartbeats).isBetween(8, 25);
    }

    @Test
    void shouldLeaveTheGroupWhenUnsubscribedAndJoinAnother() {
        // given
        Consumer consumer = member();
        awaitAssigned(consumer, PARTITIONS);

        // when
        consumer.unsubscribe();

        // then
        assertThat(consumer.assignment()).isEmpty();
        assertThat(cluster.group(SimulatedGroup::memberCount)).isZero();
        consumer.subscribe("other", List.of(SimulatedCluster.TOPIC));
        awaitAssigned(consumer, PARTITIONS);
        consumer.subscribe("other", List.of("nothing"));
        awaitAssigned(consumer, 0);
    }

    @Test
    void shouldHoldOnToItsPartitionsUntilCommitsBeforeHaveTheirOutcome() {
        // given
        append(0, 10);
        append(1, 10);
        Consumer first = member();
        read(first, 20);
        Consumer second = member();
        cluster.changeGroup(group -> {
            for (int i = 0; i < 6; i++) {
                group.failCommit(new CommitFault(Errors.COORDINATOR_LOAD_IN_PROGRESS, false, false));
            }
        });

        // when
        CompletableFuture<Void> commit = first.commitAsync();
        await().until(() -> {
            var unused = first.poll(STEP);
            return second.poll(STEP).isEmpty() && second.assignment().size() == 2;
        });

        // then
        assertThat(commit).isCompleted();
        assertThat(second.poll(Duration.ofMillis(200))).as("read before").isEmpty();
    }

    @Test
    void shouldCommitWhatWasIteratedAndNoMore() {
        // given
        append(0, 10);
        Consumer consumer = member();

        // when
        for (ConsumedRecord record : consumer.records()) {
            consumer.commitSync();
            if (record.offset() == 3) {
                break;
            }
        }

        // then
        assertThat(cluster.group(SimulatedGroup::committed)).containsEntry(0, 4L);
    }

    @Test
    void shouldKeepItsPlaceInTheGroupWhileNothingIsAskedOfItsPublisher() {
        // given
        Consumer consumer = member(settings().withMaxPollInterval(Duration.ofMillis(500)), AssignmentListener.NONE);
        consumer.publisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {}

            @Override
            public void onNext(ConsumedRecord record) {}

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onComplete() {}
        });

        // when, then
        await().until(() -> cluster.group(SimulatedGroup::memberCount) == 1);
        await().during(Duration.ofSeconds(1)).until(() -> cluster.group(SimulatedGroup::memberCount) == 1);
        Consumer second = member();
        awaitAssigned(second, PARTITIONS / 2);
    }
}
