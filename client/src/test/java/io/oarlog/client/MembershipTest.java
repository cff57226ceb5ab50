package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.client.Membership.State;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MembershipTest {
    private static final Uuid TOPIC = Uuid.randomUuid();
    private static final long INTERVAL = Duration.ofSeconds(5).toNanos();
    private static final RetryPolicy RETRIES = RetryPolicy.forRequests(new Random(1));
    private static final long BACK_OFF = Duration.ofSeconds(1).toNanos();

    /** Close to where the nanoseconds of a clock turn negative. */
    private long now = Long.MAX_VALUE - 1_000;

    private final Membership member = new Membership("g", "mine", Set.of("t"), Duration.ofMinutes(5), RETRIES, now);

    private ConsumerGroupHeartbeatRequestData sent() {
        return Objects.requireNonNull(member.next(now), "no heartbeat is due");
    }

    private static PartitionId partition(int number) {
        return new PartitionId(TOPIC, number);
    }

    private static ConsumerGroupHeartbeatResponseData accepted(int epoch, Integer... partitions) {
        return accepted(epoch)
                .setAssignment(new Assignment()
                        .setTopicPartitions(
                                List.of(new TopicPartitions().setTopicId(TOPIC).setPartitions(List.of(partitions)))));
    }

    private static ConsumerGroupHeartbeatResponseData accepted(int epoch) {
        return new ConsumerGroupHeartbeatResponseData().setMemberEpoch(epoch).setHeartbeatIntervalMs((int)
                Duration.ofNanos(INTERVAL).toMillis());
    }

    private static ConsumerGroupHeartbeatResponseData refused(Errors error) {
        return new ConsumerGroupHeartbeatResponseData().setErrorCode(error.code());
    }

    private void join() {
        sent();
        member.onAnswer(accepted(3, 0, 1), now);
        member.onOwned(Set.of(partition(0), partition(1)));
        sent();
        member.onAnswer(accepted(3), now);
    }

    @Test
    void shouldSayAllWhenItJoins() {
        // when
        ConsumerGroupHeartbeatRequestData join = sent();

        // then
        assertThat(join.groupId()).isEqualTo("g");
        assertThat(join.memberId()).isEqualTo("mine");
        assertThat(join.memberEpoch()).isZero();
        assertThat(join.rebalanceTimeoutMs()).isEqualTo(300_000);
        assertThat(join.subscribedTopicNames()).containsExactly("t");
        assertThat(join.topicPartitions()).isEmpty();
        assertThat(member.identity()).isNull();
        assertThat(member.next(now)).as("while one is in flight").isNull();
    }

    @Test
    void shouldTellOnceWhatItHasAndThenOnlyThatItLives() {
        // given
        sent();
        member.onAnswer(accepted(3, 0, 1), now);
        assertThat(member.target()).containsExactlyInAnyOrder(partition(0), partition(1));
        assertThat(member.nanosToNext(now)).isEqualTo(INTERVAL);

        // when
        member.onOwned(member.target());
        ConsumerGroupHeartbeatRequestData acknowledgement = sent();
        member.onAnswer(accepted(4), now);
        now += INTERVAL;
        ConsumerGroupHeartbeatRequestData alive = sent();

        // then
        assertThat(acknowledgement.memberEpoch()).isEqualTo(3);
        assertThat(acknowledgement.topicPartitions().get(0).partitions()).containsExactlyInAnyOrder(0, 1);
        assertThat(acknowledgement.subscribedTopicNames()).isNull();
        assertThat(alive.memberEpoch()).isEqualTo(4);
        assertThat(alive.topicPartitions()).isNull();
        assertThat(alive.rebalanceTimeoutMs()).isEqualTo(-1);
        assertThat(member.target()).hasSize(2);
    }

    @Test
    void shouldTakeTheIdThatABrokerOfTheFirstVersionGives() {
        // given
        sent();

        // when
        member.onAnswer(accepted(1, 0).setMemberId("given"), now);

        // then
        assertThat(member.identity()).isEqualTo(new MemberIdentity("given", 1));
    }

    @Test
    void shouldAcknowledgeARevocationOnlyWhenThePartitionIsGone() {
        // given
        join();
        now += INTERVAL;
        sent();

        // when
        member.onAnswer(accepted(3, 0), now);

        // then
        assertThat(member.target()).containsExactly(partition(0));
        assertThat(member.next(now)).as("it still has both").isNull();
        member.onOwned(Set.of(partition(0)));
        assertThat(sent().topicPartitions().get(0).partitions()).containsExactly(0);
    }

    @Test
    void shouldAnswerAnAssignmentThatWasTakenBackBeforeItWasCarriedOut() {
        // given
        join();
        now += INTERVAL;
        sent();
        member.onAnswer(accepted(3, 0, 1, 2), now);
        member.onHandedOut(member.target());
        int given = member.assignmentNumber();
        now += INTERVAL;
        assertThat(sent().topicPartitions()).as("nothing is settled").isNull();

        // when
        member.onAnswer(accepted(3, 0, 1), now);

        // then
        assertThat(member.assignmentNumber()).isNotEqualTo(given);
        member.onHandedOut(member.target());
        assertThat(member.next(now)).as("the consumer may have all three").isNull();
        member.onOwned(Set.of(partition(0), partition(1)));
        assertThat(sent().topicPartitions().get(0).partitions()).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void shouldSayAllThatTheConsumerMayHaveWhenItHasToBeSaidAgain() {
        // given
        join();
        now += INTERVAL;
        sent();
        member.onAnswer(accepted(3, 1, 2), now);
        member.onHandedOut(member.target());
        now += INTERVAL;
        sent();

        // when
        member.onNoAnswer(now);

        // then
        now += BACK_OFF;
        ConsumerGroupHeartbeatRequestData again = sent();
        assertThat(again.subscribedTopicNames()).containsExactly("t");
        assertThat(again.rebalanceTimeoutMs()).isEqualTo(300_000);
        assertThat(again.topicPartitions().get(0).partitions()).containsExactlyInAnyOrder(0, 1, 2);
        member.onAnswer(accepted(3), now);
        assertThat(member.next(now)).as("nothing is settled").isNull();
        member.onOwned(Set.of(partition(1), partition(2)));
        assertThat(sent().topicPartitions().get(0).partitions()).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void shouldSayAllAgainWhenAHeartbeatWasNotAnswered() {
        // given
        join();
        now += INTERVAL;
        sent();

        // when
        member.onNoAnswer(now);

        // then
        assertThat(member.next(now)).as("without a moment between").isNull();
        now += BACK_OFF;
        ConsumerGroupHeartbeatRequestData again = sent();
        assertThat(again.memberEpoch()).isEqualTo(3);
        assertThat(again.subscribedTopicNames()).containsExactly("t");
        assertThat(again.topicPartitions()).hasSize(1);
        assertThat(again.rebalanceTimeoutMs()).isEqualTo(300_000);
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"})
    void shouldKeepItsPlaceWhenTheCoordinatorMoves(Errors error) {
        // given
        join();
        now += INTERVAL;
        sent();

        // when
        member.onAnswer(refused(error), now);

        // then
        assertThat(member.state()).isEqualTo(State.MEMBER);
        now += BACK_OFF;
        assertThat(sent().memberEpoch()).isEqualTo(3);
        assertThat(member.target()).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = Errors.class,
            names = {"FENCED_MEMBER_EPOCH", "UNKNOWN_MEMBER_ID", "GROUP_ID_NOT_FOUND"})
    void shouldJoinAgainWithNothingOnceReleasedWhenFenced(Errors error) {
        // given
        join();
        now += INTERVAL;
        sent();

        // when
        member.onAnswer(refused(error), now);

        // then
        now += BACK_OFF;
        assertThat(member.state()).isEqualTo(State.LOST);
        assertThat(member.identity()).isNull();
        assertThat(member.target()).isEmpty();
        assertThat(member.next(now)).as("before it is released").isNull();
        member.onReleased();
        ConsumerGroupHeartbeatRequestData join = sent();
        assertThat(join.memberEpoch()).isZero();
        assertThat(join.topicPartitions()).isEmpty();
        assertThat(join.subscribedTopicNames()).containsExactly("t");
    }

    @Test
    void shouldGiveItsPlaceToOthersWhenItIsNotPolled() {
        // given
        join();

        // when
        assertThat(member.onPollOverdue()).isTrue();

        // then
        assertThat(sent().memberEpoch()).isEqualTo(-1);
        member.onAnswer(accepted(-1), now);
        assertThat(member.next(now)).isNull();
        assertThat(member.state()).isEqualTo(State.LOST);
        member.onReleased();
        assertThat(sent().memberEpoch()).isZero();
    }

    @Test
    void shouldNotTakeWhatItWasGivenBeforeItGaveUpItsPlace() {
        // given
        join();
        now += INTERVAL;
        sent();

        // when
        member.onPollOverdue();
        member.onAnswer(accepted(9, 0, 1, 2), now);
        member.onReleased();

        // then
        assertThat(sent().memberEpoch()).isZero();
        assertThat(member.target()).isEmpty();
    }

    @Test
    void shouldLeaveAndSayNoMore() {
        // given
        join();

        // when
        member.leave();

        // then
        assertThat(sent().memberEpoch()).isEqualTo(-1);
        member.onAnswer(refused(Errors.NOT_COORDINATOR), now);
        assertThat(member.state()).isEqualTo(State.LEAVING);
        now += BACK_OFF;
        sent();
        member.onAnswer(accepted(-1), now);
        assertThat(member.state()).isEqualTo(State.ENDED);
        assertThat(member.nanosToNext(now)).isEqualTo(Membership.NEVER);
        assertThat(member.refusal()).isNull();
    }

    @Test
    void shouldLeaveAfterTheAnswerWhenAHeartbeatIsInFlight() {
        // given
        sent();

        // when
        member.leave();

        // then
        assertThat(member.next(now)).isNull();
        member.onAnswer(accepted(1, 0), now);
        assertThat(member.target()).isEmpty();
        assertThat(sent().memberEpoch()).isEqualTo(-1);
    }

    @Test
    void shouldNotSpeakWhenItLeavesBeforeItJoined() {
        member.leave();
        assertThat(member.state()).isEqualTo(State.ENDED);
    }

    @Test
    void shouldTellNewTopicsAtOnce() {
        // given
        join();

        // when
        member.subscribe(Set.of("u", "t"));

        // then
        ConsumerGroupHeartbeatRequestData told = sent();
        assertThat(told.subscribedTopicNames()).containsExactly("t", "u");
        assertThat(told.topicPartitions()).isNull();
    }

    @Test
    void shouldAskAtOnceWhenInDoubt() {
        // given
        join();
        assertThat(member.next(now)).isNull();

        // when
        member.onDoubt(now);

        // then
        assertThat(sent().memberEpoch()).isEqualTo(3);
    }

    @Test
    void shouldEndWithTheBrokersWordWhenRefused() {
        Stream.of(Errors.GROUP_AUTHORIZATION_FAILED, Errors.INVALID_REQUEST, Errors.GROUP_MAX_SIZE_REACHED)
                .forEach(error -> {
                    // given
                    Membership refused = new Membership("g", "m", Set.of("t"), Duration.ofMinutes(5), RETRIES, now);
                    refused.next(now);

                    // when
                    refused.onAnswer(refused(error).setErrorMessage("no"), now);

                    // then
                    assertThat(refused.state()).isEqualTo(State.ENDED);
                    assertThat(refused.refusal())
                            .isInstanceOf(InvalidRequestException.class)
                            .hasMessageContaining("no");
                });
    }
}
