package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.SessionTable;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.Trees;
import io.oarlog.metadata.tree.ZnodeTree;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SessionLivenessTest {
    private static final SessionTable SESSIONS = ZnodeTree.empty()
            .apply(Trees.ORIGIN, new TimedCommand(0, Trees.session(1)))
            .tree()
            .apply(Trees.ORIGIN, new TimedCommand(0, Trees.session(2)))
            .tree()
            .sessions();

    // The start lies close to where nanoTime turns negative: only differences may be used.
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
    private final SessionLiveness liveness = new SessionLiveness(nanos::get);

    @Test
    void shouldNameSessionsThatWereSilentForLongerThanTheirTimeout() {
        // given
        assertThat(liveness.silent(SESSIONS)).isEmpty();

        // when: session 2 is heard, session 1 is not
        for (int second = 1; second <= 6; second++) {
            pass(Duration.ofSeconds(1));
            liveness.heard(2);
            assertThat(liveness.silent(SESSIONS)).as("second %d", second).isEmpty();
        }
        pass(Duration.ofMillis(1));

        // then
        assertThat(liveness.silent(SESSIONS)).containsExactly(1L);
    }

    @Test
    void shouldTakeNobodyForSilentWhenTheLeaderItselfStoodStill() {
        // given
        assertThat(liveness.silent(SESSIONS)).isEmpty();

        // when: no check for a minute
        pass(Duration.ofMinutes(1));

        // then
        assertThat(liveness.silent(SESSIONS)).isEmpty();
    }

    @Test
    void shouldGiveTheFullTimeoutAfterAReset() {
        // given
        assertThat(liveness.silent(SESSIONS)).isEmpty();
        for (int second = 1; second <= 5; second++) {
            pass(Duration.ofSeconds(1));
            assertThat(liveness.silent(SESSIONS)).isEmpty();
        }

        // when
        liveness.reset();

        // then
        assertThat(liveness.silent(SESSIONS)).isEmpty();
        for (int second = 1; second <= 6; second++) {
            pass(Duration.ofSeconds(1));
            assertThat(liveness.silent(SESSIONS)).isEmpty();
        }
        pass(Duration.ofSeconds(1));
        assertThat(liveness.silent(SESSIONS)).containsExactly(1L, 2L);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
