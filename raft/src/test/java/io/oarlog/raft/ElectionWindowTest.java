package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ElectionWindowTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final UUID TOPIC = UUID.randomUUID();

    @Test
    void shouldLetTheNextBeginOnlyWhenOneHasItsLeader() throws Exception {
        // given
        ElectionWindow window = new ElectionWindow(2, NEVER);
        window.begin(partition(0));
        window.begin(partition(1));

        // when
        Thread third = begin(window, partition(2));
        window.end(partition(7)); // not one of them
        await().until(() -> third.getState() == Thread.State.TIMED_WAITING);
        window.end(partition(1));
        third.join();

        // then: its place is taken
        Thread fourth = begin(window, partition(3));
        await().until(() -> fourth.getState() == Thread.State.TIMED_WAITING);
        window.end(partition(2));
        fourth.join();
    }

    @Test
    void shouldForgetThoseThatHaveNoLeaderWithinTheLimit() throws Exception {
        // given
        ElectionWindow window = new ElectionWindow(2, Duration.ofMillis(1));
        window.begin(partition(0));
        window.begin(partition(1));

        // when
        long begunNanos = System.nanoTime();
        window.begin(partition(2));

        // then
        assertThat(System.nanoTime() - begunNanos)
                .isGreaterThanOrEqualTo(Duration.ofMillis(1).toNanos());
    }

    /** While others come and go beside it. */
    @Test
    void shouldForgetEachForItself() throws Exception {
        // given: one that is never going to have a leader
        Duration limit = Duration.ofSeconds(2);
        ElectionWindow window = new ElectionWindow(2, limit);
        window.begin(partition(0));
        long begunNanos = System.nanoTime();
        await().pollInterval(Duration.ofMillis(10)).until(() -> {
            window.begin(partition(1));
            window.end(partition(1));
            return System.nanoTime() - begunNanos > limit.toNanos();
        });

        // when: there is room for two again
        window.begin(partition(2));
        begin(window, partition(3)).join();

        // then: and not for more
        Thread third = begin(window, partition(4));
        await().until(() -> third.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void shouldEndTheWaitOfABrokerThatStops() throws Exception {
        ElectionWindow window = new ElectionWindow(1, NEVER);
        window.begin(partition(0));

        Thread waiting = begin(window, partition(1));
        await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        waiting.interrupt();

        waiting.join();
    }

    private static Thread begin(ElectionWindow window, PartitionId partition) {
        Thread thread = new Thread(() -> {
            try {
                window.begin(partition);
            } catch (InterruptedException e) {
                // It ends.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static PartitionId partition(int number) {
        return new PartitionId(TOPIC, "orders", number);
    }
}
