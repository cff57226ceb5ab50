package io.oarlog.metadata.zookeeper;

import static org.awaitility.Awaitility.await;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataSeams;
import io.oarlog.metadata.MetadataSettings;
import io.oarlog.metadata.MetadataStateMachine;
import io.oarlog.metadata.SessionSettings;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Three nodes of the metadata group in this process, with real Raft on loopback, that serve ZooKeeper clients. Nodes are
 * numbered from 1 and keep their addresses. Settings are the defaults, but for the number of connections. Used by the
 * test's thread.
 */
public final class ThreeZooKeeperNodes implements AutoCloseable {
    public static final List<Integer> NODES = List.of(1, 2, 3);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final UnaryOperator<ZooKeeperSettings> settings;
    private final Map<Integer, RaftAddress> raftAddresses = new HashMap<>();
    private final Map<Integer, RaftAddress> addresses = new HashMap<>();
    private final Map<Integer, Node> running = new HashMap<>();

    private record Node(
            ScheduledExecutorService scheduler, RaftNode raftNode, Metadata metadata, ZooKeeperServer server) {}

    private ThreeZooKeeperNodes(Path directory, UnaryOperator<ZooKeeperSettings> settings) throws IOException {
        this.directory = directory;
        this.settings = settings;
        List<ServerSocket> sockets = new ArrayList<>();
        for (Map<Integer, RaftAddress> taken : List.of(raftAddresses, addresses)) {
            for (int node : NODES) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                taken.put(node, new RaftAddress("127.0.0.1", socket.getLocalPort()));
            }
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
    }

    /** Starts all three, as tests like it: short sessions, all words, any number of connections; returns before they serve. */
    public static ThreeZooKeeperNodes start(Path directory) throws IOException {
        return start(
                directory,
                settings -> settings.withWords(Set.of(ZooKeeperSettings.ALL_WORDS))
                        .withMaxConnectionsPerAddress(0)
                        .withSessionTimeouts(500, 60_000));
    }

    /**
     * Starts all three; returns before they serve.
     *
     * @param settings changes the defaults
     */
    static ThreeZooKeeperNodes start(Path directory, UnaryOperator<ZooKeeperSettings> settings) throws IOException {
        ThreeZooKeeperNodes nodes = new ThreeZooKeeperNodes(directory, settings);
        for (int node : NODES) {
            nodes.start(node);
        }
        return nodes;
    }

    /** Starts a node that does not run, with the data that it has. */
    public void start(int id) throws IOException {
        ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);
        MetadataStateMachine machine = new MetadataStateMachine(System::nanoTime);
        RaftSettings raft = RaftSettings.defaults().withElectionTimeout(Duration.ofMillis(400), Duration.ofMillis(800));
        RaftNode raftNode = RaftNode.start(
                new RaftNodeSettings(
                        id,
                        raftAddresses,
                        directory.resolve("node-" + id),
                        raft,
                        LogSettings.defaults(),
                        1_000,
                        100,
                        1),
                Disk.system(),
                machine,
                new NoPartitions());
        Metadata metadata = Metadata.start(
                new MetadataSettings(
                        new BrokerRegistration(id, "127.0.0.1", 9090 + id),
                        raftNode.name(),
                        1,
                        3,
                        SessionSettings.defaults()),
                machine,
                new MetadataSeams(
                        raftNode.metadataLog(),
                        raftNode::nodes,
                        raftNode::metadataLeader,
                        Clock.system(),
                        new SecureRandom(),
                        scheduler));
        ZooKeeperServer server = ZooKeeperServer.start(
                settings.apply(ZooKeeperSettings.defaults(
                                "127.0.0.1",
                                Objects.requireNonNull(addresses.get(id)).port())
                        .withMaxConnectionsPerAddress(0)),
                metadata.replicatedTree(),
                () -> new EnsembleStatus(
                        id, NODES.size(), raftNode.metadataLeader(), raftNode.metadataFollowersInSync()),
                () -> new StorageSizes(raftNode.metadataSnapshotBytes(), raftNode.metadataLogBytes()),
                Clock.system(),
                new SecureRandom());
        running.put(id, new Node(scheduler, raftNode, metadata, server));
    }

    /** Stops a node as SIGKILL does: nobody is told. */
    public void stop(int id) {
        Node node = Objects.requireNonNull(running.remove(id));
        node.scheduler().shutdownNow();
        node.raftNode().close();
        node.server().close();
    }

    /** Metadata of a node that runs: what the broker itself does with the tree. */
    public Metadata metadata(int id) {
        return Objects.requireNonNull(running.get(id)).metadata();
    }

    /** The node that leads, once the nodes that run agree on one. */
    public int leader() {
        return await().atMost(LIMIT)
                .until(this::agreedLeader, OptionalInt::isPresent)
                .getAsInt();
    }

    private OptionalInt agreedLeader() {
        Set<OptionalInt> leaders = running.values().stream()
                .map(node -> node.raftNode().metadataLeader())
                .collect(Collectors.toSet());
        OptionalInt leader = leaders.size() == 1 ? leaders.iterator().next() : OptionalInt.empty();
        return leader.isPresent() && running.containsKey(leader.getAsInt()) ? leader : OptionalInt.empty();
    }

    /** HOST:PORT of one node for clients. */
    public String address(int id) {
        return Objects.requireNonNull(addresses.get(id)).toString();
    }

    /** HOST:PORT of all nodes for clients, by commas. */
    public String connectString() {
        return NODES.stream().map(this::address).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        for (int id : List.copyOf(running.keySet())) {
            stop(id);
        }
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
