package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LoneNodeIT {
    @TempDir
    Path directory;

    @Test
    void shouldLeadWithoutWaitingForAnotherLeaderWhenThereIsNoOtherNode() throws Exception {
        // given: the wait would be longer than this test
        RaftSettings raft = RaftSettings.defaults().withElectionTimeout(Duration.ofHours(1), Duration.ofHours(2));
        RaftNodeSettings settings = new RaftNodeSettings(
                1,
                Map.of(1, new RaftAddress("127.0.0.1", freePort())),
                directory,
                raft,
                LogSettings.defaults(),
                100,
                100,
                1);

        // when
        try (RaftNode node =
                RaftNode.start(settings, Disk.system(), new ThreeNodes.Register(), new ThreeNodes.Ignored())) {
            // then: of the metadata
            await().atMost(ThreeNodes.LIMIT).until(() -> node.metadataLeader().isPresent());

            // and of a partition
            PartitionId id = new PartitionId(UUID.randomUUID(), "orders", 0);
            node.createPartition(id, List.of(1)).get(60, TimeUnit.SECONDS);
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> node.partition(id.topicId(), 0)
                            .orElseThrow()
                            .leader()
                            .isLocal());
        }
    }

    /** Others may have joined it, whom its settings do not name. */
    @Test
    void shouldBeAnotherOneWithAnotherDisk() throws Exception {
        RaftAddress address = new RaftAddress("127.0.0.1", freePort());
        List<String> names = new ArrayList<>();
        for (String disk : List.of("first", "first", "second")) {
            RaftNodeSettings settings = new RaftNodeSettings(
                    1,
                    Map.of(1, address),
                    directory.resolve(disk),
                    RaftSettings.defaults(),
                    LogSettings.defaults(),
                    100,
                    100,
                    1);
            try (RaftNode node =
                    RaftNode.start(settings, Disk.system(), new ThreeNodes.Register(), new ThreeNodes.Ignored())) {
                await().atMost(ThreeNodes.LIMIT)
                        .until(() -> node.metadataLeader().isPresent());
                names.add(node.name());
            }
        }
        assertThat(names.get(1)).isEqualTo(names.get(0));
        assertThat(names.get(2)).isNotEqualTo(names.get(0));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
