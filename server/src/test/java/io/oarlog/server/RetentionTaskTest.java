package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.oarlog.log.RetentionPolicy;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RetentionTaskTest {
    private static final RetentionPolicy DEFAULT = TopicDefaults.kafkas().retention();

    private final List<Topic> topics = new ArrayList<>();
    private final List<SimulatedLog> logs = new ArrayList<>();
    private final RetentionTask task = new RetentionTask(
            () -> topics,
            (topicId, partition) -> logs.stream()
                    .filter(log ->
                            log.id().topicId().equals(topicId) && log.id().partition() == partition)
                    .map(log -> (ReplicatedLog) log)
                    .findFirst(),
            new TopicSettings(1_000_000, TopicDefaults.kafkas()),
            () -> 5_000,
            Runnable::run);
    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

    @BeforeEach
    void listen() {
        warnings.start();
        logger().addAppender(warnings);
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(warnings);
    }

    private static Logger logger() {
        return (Logger) org.slf4j.LoggerFactory.getLogger(RetentionTask.class);
    }

    private Topic topic(String name, int partitions, Map<String, String> configs) {
        Topic topic = new Topic(UUID.randomUUID(), name, Collections.nCopies(partitions, List.of(1, 2, 3)), configs);
        topics.add(topic);
        return topic;
    }

    private SimulatedLog log(Topic topic, int partition) {
        SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), partition, 0, 10);
        logs.add(log);
        return log;
    }

    @Test
    void shouldApplyEachTopicsPolicyToThePartitionsThatAreLedHere() {
        // given: partition 2 is hosted elsewhere
        Topic days = topic("days", 3, Map.of());
        SimulatedLog led = log(days, 0);
        SimulatedLog followed = log(days, 1).following();
        SimulatedLog compacted = log(topic("compacted", 1, Map.of("cleanup.policy", "compact")), 0);
        SimulatedLog both = log(topic("both", 1, Map.of("cleanup.policy", "compact,delete")), 0);
        SimulatedLog small = log(topic("small", 1, Map.of("retention.bytes", "1000", "retention.ms", "-1")), 0);

        // when
        task.apply();

        // then
        assertThat(led.applied()).containsExactly(DEFAULT);
        assertThat(followed.applied()).isEmpty();
        assertThat(compacted.applied()).isEmpty();
        assertThat(both.applied()).containsExactly(DEFAULT);
        assertThat(small.applied()).containsExactly(new RetentionPolicy(RetentionPolicy.UNLIMITED, 1_000));
        assertThat(warnings.list).isEmpty();
    }

    @Test
    void shouldGoOnAndNameThePartitionWhenOneFails() {
        // given
        Topic topic = topic("orders", 4, Map.of());
        log(topic, 0).advancing(() -> {
            throw new IllegalStateException("not open yet");
        });
        log(topic, 1).advancing(() -> CompletableFuture.failedFuture(new IllegalStateException("a bug")));
        log(topic, 2)
                .advancing(() -> CompletableFuture.completedFuture(new AdvanceOutcome.Unknown("the leader changed")));
        SimulatedLog last = log(topic, 3);

        // when
        task.apply();

        // then
        assertThat(last.applied()).containsExactly(DEFAULT);
        assertThat(warnings.list).allMatch(line -> line.getLevel() == Level.WARN);
        assertThat(warnings.list)
                .extracting(line -> line.getKeyValuePairs().get(0).value.toString())
                .containsExactly("orders-0", "orders-1", "orders-2");
    }

    @Test
    void shouldApplyAgainAndAgainUntilTheTimerStops() {
        // given
        SimulatedLog log = log(topic("orders", 1, Map.of()), 0);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            // when
            task.start(timer, Duration.ofMillis(1));

            // then
            await().atMost(Duration.ofSeconds(60)).until(() -> log.applied().size() >= 3);
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void shouldNotWorkOnTheTimersThread() throws Exception {
        // given
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        ExecutorService worker = Executors.newSingleThreadExecutor(task -> new Thread(task, "worker"));
        CompletableFuture<String> thread = new CompletableFuture<>();
        RetentionTask observed = new RetentionTask(
                () -> {
                    thread.complete(Thread.currentThread().getName());
                    return List.of();
                },
                (topicId, partition) -> Optional.empty(),
                new TopicSettings(1_000_000, TopicDefaults.kafkas()),
                () -> 0,
                worker);
        try {
            // when
            observed.start(timer, Duration.ofMillis(1));

            // then
            assertThat(thread.get(60, TimeUnit.SECONDS)).isEqualTo("worker");
        } finally {
            timer.shutdownNow();
            worker.shutdownNow();
        }
    }
}
