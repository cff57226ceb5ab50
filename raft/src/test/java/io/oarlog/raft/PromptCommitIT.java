package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Followers of a group whose leader sends a heartbeat every three seconds only. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PromptCommitIT {
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(3);
    private static final int COMMANDS = 10;

    @TempDir
    Path directory;

    private ThreeNodes nodes;
    private long submitted;

    @BeforeEach
    void start() throws IOException {
        Duration electionTimeout = HEARTBEAT_INTERVAL.multipliedBy(2);
        nodes = new ThreeNodes(
                directory,
                RaftSettings.defaults().withElectionTimeout(electionTimeout, electionTimeout.plusSeconds(1)));
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> ThreeNodes.ALL.stream()
                        .anyMatch(node -> nodes.register(node).isLeader()));
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void shouldApplyALoneCommandOnEveryFollowerLongBeforeTheNextHeartbeat() throws Exception {
        for (int i = 0; i < COMMANDS; i++) {
            // when
            submitToLeader().get(60, TimeUnit.SECONDS);

            // then: with the next heartbeat it would take half of the interval on average
            awaitAppliedWithin(HEARTBEAT_INTERVAL.dividedBy(3));
        }
    }

    @Test
    void shouldTellFollowersOfTheLastOfManyCommandsAtOnce() throws Exception {
        for (int i = 0; i < COMMANDS; i++) {
            // when
            List<CompletableFuture<?>> commands = new ArrayList<>();
            for (int j = 0; j < 50; j++) {
                commands.add(submitToLeader());
            }
            for (CompletableFuture<?> command : commands) {
                command.get(60, TimeUnit.SECONDS);
            }

            // then
            awaitAppliedWithin(HEARTBEAT_INTERVAL.dividedBy(3));
        }
    }

    private CompletableFuture<ByteBuffer> submitToLeader() {
        submitted++;
        return nodes.node(1).metadataLog().submit(ByteBuffer.allocate(8).putLong(0, 1));
    }

    private void awaitAppliedWithin(Duration limit) {
        await().atMost(limit)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> assertThat(ThreeNodes.ALL)
                        .allMatch(node -> nodes.register(node).sum() == submitted));
    }
}
