package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CommitWaitersTest {
    private static final AppendOutcome DUPLICATE = new AppendOutcome.Appended(3, true);

    private final CommitWaiters waiters = new CommitWaiters();
    private final CompletableFuture<AppendOutcome> answer = new CompletableFuture<>();

    @Test
    void shouldAnswerWhenTheOffsetIsBelowTheHighWatermarkAndNotBefore() {
        // given
        waiters.await(4, answer, DUPLICATE);

        // when: exclusive, so offset 4 is not committed yet
        waiters.onHighWatermark(4);
        boolean wasAnswered = answer.isDone();
        waiters.onHighWatermark(5);

        // then
        assertThat(wasAnswered).isFalse();
        assertThat(answer).isCompletedWithValue(DUPLICATE);
    }

    @Test
    void shouldAnswerAllAsUnknownWhenLeadershipIsLost() {
        // given
        waiters.await(Long.MAX_VALUE - 1, answer, DUPLICATE);

        // when
        waiters.failAll("gone");

        // then
        assertThat(answer).isCompletedWithValue(new AppendOutcome.Unknown("gone"));
    }
}
