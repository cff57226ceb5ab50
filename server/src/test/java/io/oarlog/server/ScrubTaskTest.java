package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.LogException;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.raft.ScrubPace;
import io.oarlog.raft.ScrubReport;
import io.oarlog.server.api.SimulatedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ScrubTaskTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<SimulatedLog> logs = new ArrayList<>();
    /** Partitions that were looked at, in order. */
    private final List<Integer> looked = new CopyOnWriteArrayList<>();

    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        thread.shutdownNow();
    }

    private void log(int partition, Function<ScrubPace, ScrubReport> scrub) {
        logs.add(new SimulatedLog(new UUID(0, partition), "orders", partition, 0, 10).scrubbed(pace -> {
            looked.add(partition);
            return scrub.apply(pace);
        }));
    }

    private ScrubTask task(Duration interval, long bytesPerSecond) {
        List<PartitionId> hosted =
                new ArrayList<>(logs.stream().map(SimulatedLog::id).toList());
        hosted.add(1, new PartitionId(new UUID(1, 1), "not-open", 0));
        return new ScrubTask(
                () -> hosted,
                (topicId, partition) -> logs.stream()
                        .filter(log -> log.id().topicId().equals(topicId))
                        .map(log -> (ReplicatedLog) log)
                        .findFirst(),
                interval,
                bytesPerSecond);
    }

    @Test
    void shouldLookAtAllPartitionsAgainAndAgainWhateverComesOfOne() {
        // given
        log(1, pace -> new ScrubReport(5, Optional.of("a bit")));
        log(2, pace -> {
            throw looked.size() < 3
                    ? new LogException("cannot be read", new IllegalStateException())
                    : new IndexOutOfBoundsException("what nobody thought of");
        });
        log(3, pace -> new ScrubReport(5, Optional.empty()));

        // when
        try (ScrubTask task = task(Duration.ofMillis(10), 1_000)) {
            thread.execute(task);
            await().atMost(LIMIT).until(() -> looked.size() >= 6);
        }

        // then
        assertThat(looked.subList(0, 6)).containsExactly(1, 2, 3, 1, 2, 3);
    }

    @Test
    void shouldEndWhenItIsClosedHoweverLongItWouldHaveToWait() throws InterruptedException {
        // given
        List<Boolean> answers = new CopyOnWriteArrayList<>();
        log(1, pace -> {
            answers.add(pace.await(1));
            answers.add(pace.await(Long.MAX_VALUE));
            return new ScrubReport(1, Optional.empty());
        });
        log(2, pace -> new ScrubReport(1, Optional.empty()));
        ScrubTask task = task(Duration.ofMillis(10), 1_000);
        thread.execute(task);
        await().atMost(LIMIT).until(() -> answers.size() == 1);

        // when
        task.close();

        // then
        thread.shutdown();
        assertThat(thread.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(answers).containsExactly(true, false);
        assertThat(looked).containsExactly(1);
    }
}
