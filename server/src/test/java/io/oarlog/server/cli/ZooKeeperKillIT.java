package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.metadata.zookeeper.ApacheZooKeeper;
import io.oarlog.metadata.zookeeper.Ensemble;
import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What ZooKeeper clients rely on against SIGKILL, with Curator and real processes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ZooKeeperKillIT {
    /** The test itself is judged by Apache ZooKeeper. */
    private static final String ORACLE_PROPERTY = "oarlog.zookeeper.oracle";

    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Of each client's steps between two faults. */
    private static final int PROGRESS = 5;

    @TempDir
    Path directory;

    @Test
    void shouldLoseNoSessionNoWriteAndNoLockWhenNodesAreKilled() throws Exception {
        try (Ensemble ensemble = start();
                CoordinationWorkload workload = CoordinationWorkload.start(ensemble.connectString())) {
            // when: the leader first, then each in turn
            workload.awaitProgress(PROGRESS, LIMIT);
            killAndRestart(ensemble, ensemble.awaitLeader(), workload);
            for (int node = 1; node <= Ensemble.NODES; node++) {
                killAndRestart(ensemble, node, workload);
            }
            workload.stop();

            // then
            await().atMost(LIMIT).untilAsserted(workload::assertMirrorsAgree);
            workload.assertNothingWasLost();
            assertThat(workload.violations()).isEmpty();
        }
    }

    private Ensemble start() throws IOException {
        return Boolean.getBoolean(ORACLE_PROPERTY)
                ? ApacheZooKeeper.start(directory, TestCluster.SHORT_LIVED_JVM)
                : OarlogBrokers.start(directory, TestCluster.SHORT_LIVED_JVM, Oarlog.class.getName());
    }

    private static void killAndRestart(Ensemble ensemble, int node, CoordinationWorkload workload)
            throws IOException, InterruptedException {
        ensemble.kill(node);
        workload.awaitProgress(PROGRESS, LIMIT);
        ensemble.start(node);
        ensemble.awaitServing(node);
        workload.awaitProgress(PROGRESS, LIMIT);
    }
}
