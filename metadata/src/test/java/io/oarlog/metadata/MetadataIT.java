package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.PartitionListener;
import io.oarlog.raft.RaftAddress;
import io.oarlog.raft.RaftNode;
import io.oarlog.raft.RaftNodeSettings;
import io.oarlog.raft.RaftSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers' metadata over three real Raft nodes on loopback. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MetadataIT {
    private static final List<Integer> NODES = List.of(1, 2, 3);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final Map<Integer, RaftAddress> addresses = new HashMap<>();
    private final Map<Integer, Broker> brokers = new HashMap<>();
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);

    private record Broker(RaftNode node, Metadata metadata) {}

    @BeforeEach
    void start() throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (int node : NODES) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            addresses.put(node, new RaftAddress("127.0.0.1", socket.getLocalPort()));
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        for (int node : NODES) {
            start(node);
        }
        for (int node : NODES) {
            get(metadata(node).started());
        }
    }

    @AfterEach
    void stop() {
        brokers.values().forEach(broker -> broker.node().close());
        scheduler.shutdownNow();
    }

    @Test
    void shouldShowEverybodysWritesEverywhere() {
        // when
        Topic topic = ((Done) get(metadata(2).createTopic("orders", 3, 3, Map.of(), false))).topic();
        Set<Long> ids = new HashSet<>();
        for (int node : NODES) {
            ids.add(get(metadata(node).nextProducerId()));
            metadata(node).publishLeader(topic.id(), node - 1, new PublishedLeader(node, 1, List.of(node)));
        }

        // then
        assertThat(metadata(2).topic("orders")).contains(topic);
        assertThat(ids).hasSize(3);
        for (int node : NODES) {
            get(metadata(node).sync());
            assertThat(metadata(node).topic(topic.id())).contains(topic);
            assertThat(metadata(node).clusterId()).isEqualTo(metadata(1).clusterId());
            await().atMost(LIMIT)
                    .until(() -> metadata(node).brokers().size() == 3
                            && metadata(node).publishedLeader(topic.id(), 0).isPresent()
                            && metadata(node).publishedLeader(topic.id(), 1).isPresent()
                            && metadata(node).publishedLeader(topic.id(), 2).isPresent());
        }
    }

    @Test
    void shouldSurviveTheLossOfTheLeaderAndTakeTheBrokerBack() throws IOException {
        // given
        Topic topic = ((Done) get(metadata(1).createTopic("orders", 1, 3, Map.of(), false))).topic();
        int leader = await().atMost(LIMIT)
                .until(() -> metadata(1).controllerId(), java.util.OptionalInt::isPresent)
                .getAsInt();
        int other = leader == 1 ? 2 : 1;

        // when: as after kill -9, the session is not closed
        broker(leader).node().close();

        // then
        await().atMost(LIMIT).until(() -> metadata(other).brokers().size() == 2);
        assertThat(get(metadata(other).createTopic("more", 1, 3, Map.of(), false)))
                .isInstanceOf(Done.class);

        // when
        start(leader);
        get(metadata(leader).started());

        // then
        assertThat(metadata(leader).topic(topic.id())).contains(topic);
        assertThat(metadata(leader).topic("more")).isPresent();
        assertThat(metadata(leader).brokers()).hasSize(3);
        await().atMost(LIMIT).until(() -> metadata(other).brokers().size() == 3);
    }

    private void start(int id) throws IOException {
        MetadataStateMachine machine = new MetadataStateMachine(System::nanoTime);
        RaftSettings raft = RaftSettings.defaults().withElectionTimeout(Duration.ofMillis(400), Duration.ofMillis(800));
        RaftNode node = RaftNode.start(
                new RaftNodeSettings(
                        id, addresses, directory.resolve("node-" + id), raft, LogSettings.defaults(), 1_000, 100, 1),
                Disk.system(),
                machine,
                new NoPartitions());
        Metadata metadata = Metadata.start(
                new MetadataSettings(
                        new BrokerRegistration(id, "127.0.0.1", 9090 + id),
                        node.name(),
                        1,
                        3,
                        new SessionSettings(Duration.ofSeconds(3), Duration.ofMillis(500), Duration.ofMillis(200))),
                machine,
                new MetadataSeams(
                        node.metadataLog(),
                        node::nodes,
                        node::metadataLeader,
                        Clock.system(),
                        new SecureRandom(),
                        scheduler));
        brokers.put(id, new Broker(node, metadata));
    }

    private Broker broker(int id) {
        return Objects.requireNonNull(brokers.get(id));
    }

    private Metadata metadata(int id) {
        return broker(id).metadata();
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static final class NoPartitions implements PartitionListener {
        @Override
        public void onHighWatermark(PartitionId partition, long highWatermark) {
            throw new AssertionError(partition);
        }

        @Override
        public void onLogStart(PartitionId partition, long logStartOffset) {
            throw new AssertionError(partition);
        }

        @Override
        public void onLeaderChange(PartitionId partition, PartitionLeader leader) {
            throw new AssertionError(partition);
        }
    }
}
