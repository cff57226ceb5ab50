package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.tree.SessionPassword;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeResult;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sessions of clients, by the group's clock, which the test moves. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SessionReportsTest {
    private static final SessionPassword PASSWORD = SessionPassword.random(new Random(3));
    private static final int TIMEOUT_MILLIS = 400;

    private final TestGroup group = new TestGroup();

    @AfterEach
    void stop() {
        group.close();
    }

    @Test
    void shouldKeepASessionOfAShortTimeoutWhileItIsHeardAndExpireItSoonAfter() {
        // given: the leader is node 1
        open(3, 77);
        open(2, 78);
        submit(2, Create.ephemeral("/heard", ZnodeData.EMPTY, 77));
        submit(2, Create.ephemeral("/silent", ZnodeData.EMPTY, 78));

        // when
        await().atMost(TestGroup.LIMIT).pollDelay(Duration.ZERO).until(() -> {
            pass(3, 77, Duration.ofMillis(40));
            return !exists(78);
        });

        // then
        assertThat(exists(77)).isTrue();
        assertThat(group.node(1).machine.tree().exists("/heard")).isTrue();
        assertThat(group.node(1).machine.tree().exists("/silent")).isFalse();
        await().atMost(TestGroup.LIMIT).pollDelay(Duration.ZERO).until(() -> {
            pass(3, 78, Duration.ofMillis(40));
            return !exists(77);
        });
    }

    @Test
    void shouldSendNothingWhileNobodyIsHeard() {
        // given
        open(3, 77);
        long entries = group.node(3).proposed.get();
        long before = group.node(3).pings.get();

        // when
        for (int i = 0; i < 1_000; i++) {
            group.metadata(3).replicatedTree().heard(77);
            group.metadata(3).replicatedTree().heard(99);
        }

        // then: the broker's own pings come every 20 ms
        await().atMost(TestGroup.LIMIT).until(() -> group.node(3).pings.get() > before + 20);
        assertThat(group.node(3).pings.get()).isLessThan(before + 100);
        assertThat(group.node(3).proposed.get()).isEqualTo(entries);
    }

    /** Time passes and the client is heard, here until the leader knows. */
    private void pass(int node, long sessionId, Duration time) {
        group.metadata(node).replicatedTree().heard(sessionId);
        long pings = group.node(node).pings.get();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(TestGroup.LIMIT)
                .until(() -> group.node(node).pings.get() > pings + 6);
        group.advance(time);
    }

    private boolean exists(long sessionId) {
        return group.node(1).machine.tree().sessions().contains(sessionId);
    }

    private void open(int node, long sessionId) {
        submit(node, new CreateSession(sessionId, PASSWORD, TIMEOUT_MILLIS));
    }

    private void submit(int node, ZnodeCommand command) {
        ZnodeResult result = TestGroup.get(group.metadata(node).replicatedTree().submit(command))
                .result();
        assertThat(result.failure()).as("%s", command).isEmpty();
    }
}
