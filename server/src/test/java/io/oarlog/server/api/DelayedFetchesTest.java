package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DelayedFetchesTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final DelayedFetches delayed = new DelayedFetches(timer);
    private final UUID topic = UUID.randomUUID();
    private final CountingWaiter waiter = new CountingWaiter();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void shouldWakeAtAChangeOfAnyOfItsPartitionsAndOfNoOther() {
        // given
        delayed.register(List.of(key(0), key(1)), waiter, LONG);

        // when
        delayed.onChange(topic, 1);
        delayed.onChange(topic, 0);
        delayed.onChange(topic, 2);
        delayed.onChange(UUID.randomUUID(), 0);

        // then
        assertThat(waiter.wakeUps).hasValue(2);
    }

    @Test
    void shouldExpireAfterItsLimit() {
        // when
        delayed.register(List.of(key(0)), waiter, Duration.ofMillis(1));

        // then
        await().atMost(Duration.ofSeconds(60)).until(() -> waiter.expiries.get() == 1);
    }

    @Test
    void shouldForgetWhatIsCancelled() {
        // given
        var registration = delayed.register(List.of(key(0), key(1)), waiter, LONG);
        var other = new CountingWaiter();
        var second = delayed.register(List.of(key(0)), other, LONG);

        // when
        registration.cancel();
        delayed.onChange(topic, 0);

        // then
        assertThat(waiter.wakeUps).hasValue(0);
        assertThat(other.wakeUps).hasValue(1);
        second.cancel();
        assertThat(delayed.size()).isZero();
    }

    private DelayedFetches.Key key(int partition) {
        return new DelayedFetches.Key(topic, partition);
    }

    private static final class CountingWaiter implements DelayedFetches.Waiter {
        private final AtomicInteger wakeUps = new AtomicInteger();
        private final AtomicInteger expiries = new AtomicInteger();

        @Override
        public void wake() {
            wakeUps.incrementAndGet();
        }

        @Override
        public void expire() {
            expiries.incrementAndGet();
        }
    }
}
