package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.CorruptLogException;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.AdvanceOutcome;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.server.api.SimulatedLog;
import io.oarlog.server.api.TopicDefaults;
import io.oarlog.server.api.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class CompactionTaskTest {
    private static final int KEY_MAP_BYTES = 1 << 20;
    private static final CompactionReport REPORT = new CompactionReport(10, true, 1, 100, 50, 5, 1);

    private final List<Topic> topics = new ArrayList<>();
    private final List<SimulatedLog> logs = new ArrayList<>();
    /** Which partitions were compacted, in order. */
    private final List<String> compacted = new CopyOnWriteArrayList<>();

    private final CompactionTask task = new CompactionTask(
            () -> topics,
            (topicId, partition) -> logs.stream()
                    .filter(log ->
                            log.id().topicId().equals(topicId) && log.id().partition() == partition)
                    .map(log -> (ReplicatedLog) log)
                    .findFirst(),
            new TopicSettings(1_000_000, TopicDefaults.kafkas()),
            KEY_MAP_BYTES,
            () -> 5_000,
            Runnable::run);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger().addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(lines);
    }

    private static Logger logger() {
        return (Logger) org.slf4j.LoggerFactory.getLogger(CompactionTask.class);
    }

    private Topic topic(String name, int partitions, Map<String, String> configs) {
        Topic topic = new Topic(UUID.randomUUID(), name, Collections.nCopies(partitions, List.of(1, 2, 3)), configs);
        topics.add(topic);
        return topic;
    }

    private SimulatedLog log(Topic topic, int partition, long cleanBytes, long dirtyBytes) {
        return log(topic, partition, cleanBytes, dirtyBytes, policy -> Optional.of(REPORT));
    }

    private SimulatedLog log(
            Topic topic,
            int partition,
            long cleanBytes,
            long dirtyBytes,
            Function<CompactionPolicy, Optional<CompactionReport>> compaction) {
        SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), partition, 0, 10)
                .dirty(cleanBytes, dirtyBytes, policy -> {
                    compacted.add(topic.name() + "-" + partition);
                    return compaction.apply(policy);
                });
        logs.add(log);
        return log;
    }

    private List<String> partitionsIn(Level level) {
        return lines.list.stream()
                .filter(line -> line.getLevel() == level)
                .map(line -> line.getKeyValuePairs().get(0).value.toString())
                .toList();
    }

    @Test
    void shouldCompactTheDirtiestFirstAndNothingThatIsCleanEnough() {
        // given
        Topic topic = topic("keyed", 4, Map.of("cleanup.policy", "compact"));
        log(topic, 0, 40, 60);
        log(topic, 1, 50, 50);
        log(topic, 2, 10, 90);
        log(topic, 3, 0, 0);
        log(
                topic("often", 1, Map.of("cleanup.policy", "compact,delete", "min.cleanable.dirty.ratio", "0.1")),
                0,
                80,
                20);
        // A thousand milliseconds dirty by now.
        log(topic("late", 1, Map.of("cleanup.policy", "compact", "max.compaction.lag.ms", "999")), 0, 90, 10);
        log(topic("in-time", 1, Map.of("cleanup.policy", "compact", "max.compaction.lag.ms", "1000")), 0, 90, 10);
        log(topic("plain", 1, Map.of()), 0, 0, 100);

        // when
        task.run();

        // then
        assertThat(compacted).containsExactly("keyed-2", "keyed-0", "often-0", "late-0");
    }

    @Test
    void shouldAgreeWhereThisNodeLeadsAndCompactFollowersToo() {
        // given
        Topic topic = topic(
                "keyed",
                3,
                Map.of("cleanup.policy", "compact", "min.compaction.lag.ms", "7", "delete.retention.ms", "9"));
        List<CompactionPolicy> policies = new ArrayList<>();
        SimulatedLog led = log(topic, 0, 0, 0);
        SimulatedLog followed = log(topic, 1, 0, 10, policy -> {
                    policies.add(policy);
                    return Optional.of(REPORT);
                })
                .following();

        // when
        task.run();

        // then
        CompactionPolicy policy = new CompactionPolicy(7, 9, KEY_MAP_BYTES);
        assertThat(led.agreed()).containsExactly(policy);
        assertThat(followed.agreed()).isEmpty();
        assertThat(policies).containsExactly(policy);
    }

    @Test
    void shouldGoOnAndTryAgainButNotWhatIsDamaged() {
        // given
        Topic topic = topic("keyed", 6, Map.of("cleanup.policy", "compact"));
        log(topic, 0, 0, 10, policy -> {
            throw new CorruptLogException("a bit");
        });
        log(topic, 1, 0, 10, policy -> {
            throw new IllegalStateException("closed");
        });
        log(topic, 2, 0, 10, policy -> Optional.empty());
        log(topic, 3, 0, 0)
                .advancing(() -> CompletableFuture.completedFuture(new AdvanceOutcome.Unknown("the leader changed")));
        log(topic, 4, 0, 0).advancing(() -> {
            throw new IllegalStateException("not open yet");
        });
        log(topic, 5, 0, 10);

        // when
        task.run();

        // then
        assertThat(compacted).containsExactly("keyed-0", "keyed-1", "keyed-2", "keyed-5");
        assertThat(partitionsIn(Level.ERROR)).containsExactly("keyed-0");
        assertThat(partitionsIn(Level.WARN)).containsExactlyInAnyOrder("keyed-1", "keyed-2", "keyed-3", "keyed-4");

        // when
        compacted.clear();
        task.run();

        // then
        assertThat(compacted).containsExactly("keyed-1", "keyed-2", "keyed-5");
        assertThat(partitionsIn(Level.ERROR)).hasSize(1);
    }

    @Test
    void shouldBeginNoOtherPartitionOnceItIsClosed() {
        // given
        Topic topic = topic("keyed", 2, Map.of("cleanup.policy", "compact"));
        for (int partition = 0; partition < 2; partition++) {
            log(topic, partition, 0, 10, policy -> {
                task.close();
                return Optional.of(REPORT);
            });
        }

        // when
        task.run();

        // then
        assertThat(compacted).hasSize(1);
    }

    @Test
    void shouldRunAgainAndAgainUntilTheTimerStops() {
        // given
        log(topic("keyed", 1, Map.of("cleanup.policy", "compact")), 0, 0, 10);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            // when
            task.start(timer, Duration.ofMillis(1));

            // then
            await().atMost(Duration.ofSeconds(60)).until(() -> compacted.size() >= 3);
        } finally {
            timer.shutdownNow();
        }
    }
}
