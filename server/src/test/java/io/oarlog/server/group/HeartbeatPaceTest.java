package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.junit.jupiter.api.Test;

class HeartbeatPaceTest {
    private static final int USUAL = 1_000;
    private static final int SOON = USUAL / HeartbeatPace.SHARE;

    private long nowMillis = 1_000_000;
    private final HeartbeatPace pace = new HeartbeatPace(() -> TimeUnit.MILLISECONDS.toNanos(nowMillis));

    @Test
    void shouldHearOfAMemberSoonAgainWhileItsGroupChanges() {
        assertThat(next(heartbeat("g", 0), answer(3))).as("it comes").isEqualTo(SOON);
        settle();
        assertThat(next(heartbeat("g", -1), answer(-1))).as("it goes").isEqualTo(SOON);
        settle();
        assertThat(next(heartbeat("g", 3).setTopicPartitions(List.of()), answer(3)))
                .as("it gives up or takes")
                .isEqualTo(SOON);
        settle();
        assertThat(next(
                        heartbeat("g", 3),
                        answer(3).setAssignment(new ConsumerGroupHeartbeatResponseData.Assignment())))
                .as("it shall give up or take")
                .isEqualTo(SOON);
        settle();
        assertThat(next(heartbeat("g", 3), answer(4)))
                .as("it has another epoch")
                .isEqualTo(SOON);
    }

    @Test
    void shouldHearOfTheOthersSoonAgainToo() {
        // when
        next(heartbeat("g", 0), answer(3));

        // then
        assertThat(next(heartbeat("g", 2), answer(2))).isEqualTo(SOON);
        assertThat(next(heartbeat("other", 2), answer(2)))
                .as("of another group")
                .isEqualTo(USUAL);
    }

    @Test
    void shouldReturnToTheUsualWhenTheGroupHasSettled() {
        // given
        next(heartbeat("g", 0), answer(3));

        // when
        nowMillis += 2 * USUAL;

        // then
        assertThat(next(heartbeat("g", 3), answer(3))).as("just not yet").isEqualTo(SOON);

        // when
        nowMillis++;

        // then
        assertThat(next(heartbeat("g", 3), answer(3))).isEqualTo(USUAL);
    }

    @Test
    void shouldForgetGroupsThatHaveSettled() {
        // given
        for (int i = 0; i < 100; i++) {
            next(heartbeat("g" + i, 0), answer(1));
        }
        assertThat(pace.groups()).isEqualTo(100);

        // when
        settle();
        next(heartbeat("another", 0), answer(1));

        // then
        assertThat(pace.groups()).isEqualTo(1);
    }

    @Test
    void shouldAskForAHeartbeatAfterAMillisecondAtLeast() {
        assertThat(pace.nextMillis(heartbeat("g", 0), answer(1).setHeartbeatIntervalMs(3)))
                .isEqualTo(1);
    }

    private int next(ConsumerGroupHeartbeatRequestData asked, ConsumerGroupHeartbeatResponseData answered) {
        return pace.nextMillis(asked, answered);
    }

    private void settle() {
        nowMillis += 2 * USUAL + 1;
        assertThat(next(heartbeat("g", 7), answer(7))).isEqualTo(USUAL);
    }

    private static ConsumerGroupHeartbeatRequestData heartbeat(String group, int epoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberEpoch(epoch)
                .setTopicPartitions(null);
    }

    private static ConsumerGroupHeartbeatResponseData answer(int epoch) {
        return new ConsumerGroupHeartbeatResponseData().setMemberEpoch(epoch).setHeartbeatIntervalMs(USUAL);
    }
}
