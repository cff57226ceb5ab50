package io.oarlog.raft;

import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.LogSettings;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Three {@link RaftNode}s in this JVM, on loopback, each with a directory of its own. Confined to the test's thread, but for {@link #running}. */
final class ThreeNodes implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(60);
    static final List<Integer> ALL = List.of(1, 2, 3);

    private final Path directory;
    private final IntFunction<Disk> disks;
    private final LogSettings logSettings;
    private final long reserveBytes;
    private final RaftSettings raft;
    private final Map<Integer, RaftAddress> addresses = new HashMap<>();
    /** Where nodes were that have another address since. */
    private final Map<Integer, RaftAddress> former = new HashMap<>();

    private final Map<Integer, RaftNode> nodes = new ConcurrentSkipListMap<>();
    private final Map<Integer, Register> registers = new HashMap<>();

    ThreeNodes(Path directory) throws IOException {
        this(directory, node -> Disk.system(), LogSettings.defaults());
    }

    /** With elections and heartbeats, or snapshots, other than the usual ones of these tests. */
    ThreeNodes(Path directory, RaftSettings raft) throws IOException {
        this(directory, node -> Disk.system(), LogSettings.defaults(), 1, raft);
    }

    /** @param disks the disk of each node, by its id */
    ThreeNodes(Path directory, IntFunction<Disk> disks, LogSettings logSettings) throws IOException {
        this(directory, disks, logSettings, 1);
    }

    ThreeNodes(Path directory, IntFunction<Disk> disks, LogSettings logSettings, long reserveBytes) throws IOException {
        this(directory, disks, logSettings, reserveBytes, quickElections());
    }

    ThreeNodes(Path directory, IntFunction<Disk> disks, LogSettings logSettings, long reserveBytes, RaftSettings raft)
            throws IOException {
        this.directory = directory;
        this.disks = disks;
        this.logSettings = logSettings;
        this.reserveBytes = reserveBytes;
        this.raft = raft;
        addAddresses(ALL);
        for (int node : ALL) {
            start(node);
        }
        // The cluster has begun.
        await().atMost(LIMIT)
                .until(() -> running().stream()
                        .allMatch(node -> node.metadataLeader().isPresent()));
    }

    private void addAddresses(List<Integer> added) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (int node : added) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            sockets.add(socket);
            addresses.put(node, new RaftAddress("127.0.0.1", socket.getLocalPort()));
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
    }

    /** A node of which the others have not been told. */
    void startNew(int node) throws IOException {
        addAddresses(List.of(node));
        start(node);
    }

    /** Another address for a node that is stopped; the others are not told. */
    void readdress(int node) throws IOException {
        former.putIfAbsent(node, address(node));
        addAddresses(List.of(node));
    }

    void readdress(int node, RaftAddress address) {
        addresses.put(node, address);
    }

    /** Other addresses for all of them, who are stopped, in the settings of all. */
    void readdressAll() throws IOException {
        addAddresses(ALL);
    }

    /** The node has to be stopped. */
    void emptyDisk(int node) throws IOException {
        try (Stream<Path> files = Files.walk(dataDirectory(node))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Each node's settings name the first three and itself. */
    private Map<Integer, RaftAddress> known(int node) {
        Map<Integer, RaftAddress> known = new HashMap<>(addresses);
        known.keySet().removeIf(other -> !ALL.contains(other) && other != node);
        former.forEach((other, address) -> known.computeIfPresent(other, (id, now) -> id == node ? now : address));
        return known;
    }

    static RaftSettings quickElections() {
        return RaftSettings.defaults().withElectionTimeout(Duration.ofMillis(400), Duration.ofMillis(800));
    }

    void start(int node) throws IOException {
        start(node, new Ignored());
    }

    void start(int node, PartitionListener listener) throws IOException {
        Register register = new Register();
        nodes.put(
                node,
                RaftNode.start(
                        new RaftNodeSettings(
                                node, known(node), dataDirectory(node), raft, logSettings, 1_000, 100, reserveBytes),
                        disk(node),
                        register,
                        listener));
        registers.put(node, register);
    }

    private Disk disk(int node) {
        Disk disk = disks.apply(node);
        return disk instanceof FaultyDisk ? new DiskBesideRaft(disk, dataDirectory(node)) : disk;
    }

    /** Takes connections at a stopped node's address and never answers. */
    ServerSocket silent(int node) throws IOException {
        return new ServerSocket(address(node).port(), 50, InetAddress.getLoopbackAddress());
    }

    RaftAddress address(int node) {
        return Optional.ofNullable(addresses.get(node)).orElseThrow();
    }

    /**
     * Stops all nodes, the leader last, so that it has entries in its segment that nobody else has.
     *
     * @return the leader
     */
    int stopWithEntriesOfTheLeaderAlone(PartitionId id) throws IOException {
        for (int attempt = 0; attempt < 10; attempt++) {
            int leader = awaitLeader(id);
            ReplicatedLog log = log(leader, id);
            AtomicBoolean isStopping = new AtomicBoolean();
            // It leads on for a moment when the others are gone.
            Thread appends = new Thread(() -> {
                for (int i = 0; !isStopping.get(); i++) {
                    ByteBuffer batch = TestAppends.batch("lonely-" + i);
                    var unused = log.append(batch, TestAppends.headers(batch));
                    LockSupport.parkNanos(1_000_000);
                }
            });
            appends.start();
            ALL.stream().filter(node -> node != leader).forEach(this::stop);
            isStopping.set(true);
            stop(leader);
            int others = 0;
            for (int node : ALL) {
                others = node == leader ? others : Math.max(others, segments(node, id).length);
            }
            if (segments(leader, id).length > others) {
                return leader;
            }
            for (int node : ALL) {
                start(node);
            }
        }
        throw new AssertionError("no leader had entries of its own");
    }

    void stop(int node) {
        RaftNode stopped = nodes.remove(node);
        if (stopped != null) {
            stopped.close();
        }
    }

    boolean isRunning(int node) {
        return nodes.containsKey(node);
    }

    RaftNode node(int node) {
        return Optional.ofNullable(nodes.get(node)).orElseThrow();
    }

    /** The nodes that run now. For any thread. */
    List<RaftNode> running() {
        return List.copyOf(nodes.values());
    }

    Register register(int node) {
        return Optional.ofNullable(registers.get(node)).orElseThrow();
    }

    Path dataDirectory(int node) {
        return directory.resolve("node-" + node);
    }

    PartitionId create(String topic) {
        PartitionId id = new PartitionId(UUID.randomUUID(), topic, 0);
        for (int node : nodes.keySet()) {
            node(node)
                    .createPartition(id, ALL)
                    .orTimeout(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                    .join();
        }
        return id;
    }

    ReplicatedLog log(int node, PartitionId id) {
        return node(node).partition(id.topicId(), id.partition()).orElseThrow();
    }

    /** The node that leads and is ready, once there is one. */
    int awaitLeader(PartitionId id) {
        return await().atMost(LIMIT)
                .until(
                        () -> nodes.keySet().stream()
                                .filter(n -> node(n).partition(id.topicId(), id.partition())
                                        .map(log -> log.leader().isLocal())
                                        .orElse(false))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Bytes of all segments of the partition on one node. */
    byte[] segments(int node, PartitionId id) throws IOException {
        Path partition =
                dataDirectory(node).resolve("log").resolve(id.topic()).resolve(id.partition() + "." + id.topicId());
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        try (Stream<Path> files = Files.list(partition)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".log")).sorted().toList()) {
                bytes.write(Files.readAllBytes(file));
            }
        }
        return bytes.toByteArray();
    }

    void awaitHighWatermark(int node, PartitionId id, long highWatermark) {
        await().atMost(LIMIT)
                .until(() -> node(node)
                        .partition(id.topicId(), id.partition())
                        .map(log -> log.highWatermark() == highWatermark)
                        .orElse(false));
    }

    @Override
    public void close() {
        List.copyOf(nodes.keySet()).forEach(this::stop);
    }

    /**
     * A sum: each command is a number to add and anything behind it, the result the new sum; {@link #POISON} is one that it
     * cannot apply. A snapshot of it takes several pieces.
     */
    static final class Register implements ReplicatedStateMachine {
        static final long POISON = Long.MIN_VALUE;
        private static final int FILLER_BYTES = 2 * SnapshotPiece.MAX_BYTES + 12_345;

        private volatile long sum;
        private volatile boolean isLeader;
        /** What nodes are told that come with a new name. */
        private volatile Optional<String> refusal = Optional.empty();

        @Override
        public ByteBuffer apply(long term, long index, ByteBuffer command) {
            long number = command.getLong();
            if (number == POISON) {
                throw new IllegalStateException("poison");
            }
            long newSum = sum + number;
            sum = newSum;
            return ByteBuffer.allocate(8).putLong(0, newSum);
        }

        @Override
        public ByteBuffer query(ByteBuffer request) {
            return ByteBuffer.allocate(8).putLong(0, sum);
        }

        void refuse(String reason) {
            refusal = Optional.of(reason);
        }

        @Override
        public Optional<String> refusal(int node, String name, Optional<String> formerName) {
            return refusal;
        }

        @Override
        public void onLeadership(boolean leads) {
            isLeader = leads;
        }

        @Override
        public Snapshot snapshot() {
            long state = sum;
            return out -> {
                new DataOutputStream(out).writeLong(state);
                out.write(filler(state));
            };
        }

        @Override
        public void restore(InputStream in) throws IOException {
            long state = new DataInputStream(in).readLong();
            if (!Arrays.equals(in.readAllBytes(), filler(state))) {
                throw new IOException("not what belongs to sum " + state);
            }
            sum = state;
        }

        private static byte[] filler(long state) {
            byte[] filler = new byte[FILLER_BYTES];
            new Random(state).nextBytes(filler);
            return filler;
        }

        long sum() {
            return sum;
        }

        boolean isLeader() {
            return isLeader;
        }
    }

    static final class Ignored implements PartitionListener {
        @Override
        public void onHighWatermark(PartitionId partition, long highWatermark) {
            // these tests look at the logs themselves
        }

        @Override
        public void onLogStart(PartitionId partition, long logStartOffset) {
            // as above
        }

        @Override
        public void onLeaderChange(PartitionId partition, PartitionLeader leader) {
            // as above
        }
    }
}
