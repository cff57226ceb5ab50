package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.Test;

class CandidaciesTest {
    private static final RaftGroupId FIRST = RaftGroupId.randomId();
    private static final RaftGroupId SECOND = RaftGroupId.randomId();
    private static final RaftGroupId THIRD = RaftGroupId.randomId();

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Set<RaftGroupId> candidates = new HashSet<>(Set.of(FIRST, SECOND, THIRD));
    private final Candidacies candidacies = new Candidacies(2, candidates::contains, nanos::get);

    @Test
    void shouldLetNoMoreStandThanTheMost() {
        assertThat(candidacies.mayStand(FIRST)).isTrue();
        assertThat(candidacies.mayStand(SECOND)).isTrue();
        assertThat(candidacies.mayStand(THIRD)).isFalse();
        // and asks the next of those who vote
        assertThat(candidacies.mayStand(FIRST)).isTrue();
    }

    @Test
    void shouldLetTheNextStandWhenOneDoesNotStandAnyMore() {
        // given
        candidacies.mayStand(FIRST);
        candidacies.mayStand(SECOND);

        // when
        candidates.remove(FIRST);

        // then
        assertThat(candidacies.mayStand(THIRD)).isTrue();
    }

    @Test
    void shouldLetTheNextStandWhenOneWaitsForLong() {
        // given
        candidacies.mayStand(FIRST);
        candidacies.mayStand(SECOND);

        // when
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());

        // then
        assertThat(candidacies.mayStand(THIRD)).isTrue();
        assertThat(candidacies.mayStand(FIRST)).isTrue();
        assertThat(candidacies.mayStand(SECOND)).isFalse();
    }
}
