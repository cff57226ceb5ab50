package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Leaders whose node has ended, where election timeouts would come later. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LeaderDeathIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(6);
    private static final int PARTITIONS = 6;

    private final Logger logger = (Logger) LoggerFactory.getLogger(Succession.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @TempDir
    Path directory;

    @BeforeEach
    void listen() {
        logged.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(logged);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
        logger.setLevel(null);
    }

    @Test
    void shouldReplaceTheLeadersOfANodeThatHasEnded() throws Exception {
        RaftSettings patient = RaftSettings.defaults().withElectionTimeout(TIMEOUT, TIMEOUT.plusSeconds(1));
        try (ThreeNodes nodes = new ThreeNodes(directory, patient)) {
            // given
            List<PartitionId> partitions = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                partitions.add(nodes.create("topic-" + i));
            }
            for (PartitionId partition : partitions) {
                append(nodes, nodes.awaitLeader(partition), partition);
            }
            int ended = nodes.awaitLeader(partitions.get(0));
            List<PartitionId> led = partitions.stream()
                    .filter(partition -> nodes.log(ended, partition).leader().isLocal())
                    .toList();
            logged.list.clear();

            // when
            nodes.stop(ended);

            // then
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> partitions.stream()
                            .allMatch(partition -> leader(nodes, partition).isPresent()));
            for (PartitionId partition : partitions) {
                append(nodes, leader(nodes, partition).orElseThrow(), partition);
            }
            assertThat(List.copyOf(logged.list).stream().map(ILoggingEvent::getKeyValuePairs))
                    .as("groups whose followers stood without a timeout: those of " + led)
                    .map(Object::toString)
                    .satisfies(stood -> assertThat(led)
                            .allSatisfy(partition -> assertThat(stood)
                                    .anyMatch(each ->
                                            each.contains(GroupIds.of(partition).toString()))));
        }
    }

    private static Optional<Integer> leader(ThreeNodes nodes, PartitionId id) {
        return ThreeNodes.ALL.stream()
                .filter(nodes::isRunning)
                .filter(node -> nodes.log(node, id).leader().isLocal())
                .findFirst();
    }

    private static void append(ThreeNodes nodes, int leader, PartitionId id) {
        ByteBuffer batch = TestAppends.batch("record");
        nodes.log(leader, id)
                .append(batch, TestAppends.headers(batch))
                .orTimeout(ThreeNodes.LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
