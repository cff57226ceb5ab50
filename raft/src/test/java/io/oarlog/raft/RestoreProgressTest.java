package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RestoreProgressTest {
    private final AtomicLong nanos = new AtomicLong(-5);
    private final List<String> lines = new ArrayList<>();

    @Test
    void shouldTellALineASecondAndOneAtTheEnd() {
        // given
        RestoreProgress progress = new RestoreProgress(400, nanos::get, lines::add);

        // when: 100 a second
        for (int i = 0; i < 399; i++) {
            pass(Duration.ofMillis(10));
            progress.onOpened(10 << 20);
        }
        progress.onFailed();
        progress.onEnd();

        // then
        assertThat(lines)
                .containsExactly(
                        "opened 100 of 400 partitions, scanned 1000.0 MiB",
                        "opened 200 of 400 partitions, scanned 2.0 GiB",
                        "opened 300 of 400 partitions, scanned 2.9 GiB",
                        "opened 399 of 400 partitions (1 damaged), scanned 3.9 GiB in 4.0 s");
    }

    @Test
    void shouldTellOfDamageOnTheWay() {
        // given
        RestoreProgress progress = new RestoreProgress(3, nanos::get, lines::add);

        // when
        progress.onOpened(0);
        pass(Duration.ofSeconds(7));
        progress.onFailed();

        // then
        assertThat(lines).containsExactly("opened 1 of 3 partitions (1 damaged), scanned 0 bytes");
    }

    @Test
    void shouldTellTheEndAloneOfAQuickStartAndNothingOfAnEmptyOne() {
        // given
        RestoreProgress quick = new RestoreProgress(2, nanos::get, lines::add);
        RestoreProgress empty = new RestoreProgress(0, nanos::get, lines::add);

        // when
        quick.onOpened(700);
        pass(Duration.ofMillis(340));
        quick.onOpened(800);
        quick.onEnd();
        empty.onEnd();

        // then
        assertThat(lines).containsExactly("opened 2 of 2 partitions, scanned 1.5 KiB in 0.3 s");
    }

    @Test
    void shouldCountWhatManyThreadsOpen() throws Exception {
        // given
        RestoreProgress progress = new RestoreProgress(4_000, nanos::get, lines::add);
        ExecutorService threads = Executors.newFixedThreadPool(4);

        // when
        for (int i = 0; i < 4_000; i++) {
            threads.execute(() -> progress.onOpened(1));
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        progress.onEnd();

        // then
        assertThat(lines).containsExactly("opened 4000 of 4000 partitions, scanned 3.9 KiB in 0.0 s");
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }
}
