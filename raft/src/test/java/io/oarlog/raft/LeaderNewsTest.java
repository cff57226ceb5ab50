package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaderNewsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final AtomicBoolean isKnown = new AtomicBoolean();
    private final AtomicLong nanoTime = new AtomicLong();
    private final LeaderNews news = new LeaderNews(isKnown::get, nanoTime::get);

    private void pass(Duration time) {
        nanoTime.addAndGet(time.toNanos());
    }

    private void elected() {
        isKnown.set(true);
        news.onKnown();
    }

    @Test
    void shouldTellAllThatWaitWhenALeaderIsKnown() {
        CompletableFuture<Void> one = news.soon();
        CompletableFuture<Void> other = news.next();
        assertThat(one).isNotDone();
        elected();
        assertThat(one).isCompleted();
        assertThat(other).isCompleted();
    }

    @Test
    void shouldNotWaitForeverForALeader() {
        assertThat(news.soon()).succeedsWithin(LIMIT);
    }

    @Test
    void shouldNotWaitWhereALeaderIsKnown() {
        isKnown.set(true);
        assertThat(news.soon()).isCompleted();
    }

    /** Those that asked while there was a leader have begun no wait. */
    @Test
    void shouldWaitForTheWholeTimeOnceTheLeaderIsLost() {
        // given
        elected();
        assertThat(news.soon()).isCompleted();

        // when
        isKnown.set(false);

        // then
        assertThat(news.soon()).isNotDone();
    }

    @Test
    void shouldNotWaitWhereThereHasBeenNoLeaderForLong() {
        pass(Duration.ofSeconds(2));
        assertThat(news.soon()).isCompleted();
    }

    @Test
    void shouldWaitAgainWhenALeaderIsLostAfterLong() {
        // given
        elected();
        pass(Duration.ofHours(1));
        isKnown.set(false);

        // then
        assertThat(news.soon()).isNotDone();
        pass(Duration.ofMillis(1_999));
        assertThat(news.soon()).isNotDone();
        pass(Duration.ofMillis(1));
        assertThat(news.soon()).isCompleted();
    }

    @Test
    void shouldKeepNobodyWhenItEnds() {
        CompletableFuture<Void> waiting = news.next();
        news.end();
        assertThat(waiting).isCompleted();
    }

    @Test
    void shouldLetNobodyCompleteWhatOthersWaitFor() {
        CompletableFuture<Void> one = news.next();
        CompletableFuture<Void> other = news.next();
        one.complete(null);
        assertThat(other).isNotDone();
    }
}
