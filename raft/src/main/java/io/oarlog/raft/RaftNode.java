package io.oarlog.raft;

import io.oarlog.log.CorruptLogException;
import io.oarlog.log.Disk;
import io.oarlog.log.OpenFiles;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All Raft groups of this process: one for the metadata, one per partition. Thread-safe.
 *
 * <p>On disk, below the data directory: {@code raft/groups/<group>} holds Ratis's logs, {@code log/<topic>/<partition>.<topic
 * id>} the segments.
 */
public final class RaftNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);
    /** For people who wait for a start. */
    private static final Logger RESTORE_LOG = LoggerFactory.getLogger(RestoreProgress.class);
    /** The same on all nodes, so that replicas of one partition are opened at about the same time. */
    private static final Comparator<PartitionId> IN_ORDER =
            Comparator.comparing(PartitionId::topic).thenComparing(PartitionId::partition);

    /** For one partition that is being closed already. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

    /** Of partitions that are opened by the start. */
    private static final int MAX_ELECTIONS = 16;

    private static final Duration ELECTION_LIMIT = Duration.ofSeconds(1);

    static final String LOG_DIRECTORY = "log";

    private final RaftNodeSettings settings;
    private final Disk disk;
    private final PartitionListener listener;
    private final ElectionWindow restoreWindow = new ElectionWindow(MAX_ELECTIONS, ELECTION_LIMIT);
    private final PartitionDirectories directories;
    private final Path groupsDirectory;
    private final OpenFiles openFiles;
    private final NodeThreads threads;
    private final ElectionStates elections;
    private final NodeResources resources;
    private final PartitionRepairs repairs;
    private final CopyPace copyPace;
    private final ReplicaRepair replicaRepair;
    private final SpaceNotices spaceNotices;
    private final LeaderPlacement placement;
    private final PartitionMembers members;
    private final Watchdog watchdog;
    private final LoneReplicas loneReplicas;
    private final PartitionRecovery recovery;
    private final Map<RaftGroupId, RaftPartition> partitions = new ConcurrentHashMap<>();
    /** The last change under way of each partition. */
    private final Map<RaftGroupId, CompletableFuture<Void>> changes = new ConcurrentHashMap<>();

    private final MachineSnapshots snapshots;
    private final HostedStateMachine metadataMachine;
    private final RaftServer server;
    private final ClusterPeers peers;
    private final ClusterEntry entry;
    private final MetadataMembers metadataMembers;
    private final RaftCommandLog metadataLog;
    private final CompletableFuture<Throwable> metadataFailure = new CompletableFuture<>();
    private final ClientId clientId = ClientId.randomId();
    private final AtomicInteger callIds = new AtomicInteger();

    private RaftNode(RaftNodeSettings settings, Disk disk, ReplicatedStateMachine metadata, PartitionListener listener)
            throws IOException {
        this.settings = settings;
        this.disk = disk;
        this.listener = new LeaderKnown(listener, restoreWindow::end);
        this.directories = PartitionDirectories.open(disk, logDirectory(settings.dataDirectory()));
        this.openFiles = new OpenFiles(settings.maxOpenSegments());
        DiskReserve reserve = DiskReserve.of(disk, settings.dataDirectory(), settings.diskReserveBytes());
        PeerSpaces peerSpaces = new PeerSpaces(System::nanoTime);
        this.threads = new NodeThreads(settings.nodeId());
        this.repairs = new PartitionRepairs(this::repair, threads.repair(), listener::onRepaired);
        this.resources = new NodeResources(
                new TailCache(settings.raft().tailCacheBytes()),
                reserve,
                peerSpaces,
                threads.append(),
                threads.read(),
                threads.snapshot(),
                new CatchUps(this::catchUp, threads.repair()),
                this::onDamage);
        CommitNotices commits = new CommitNotices(threads.commit());
        this.snapshots = new MachineSnapshots(
                metadata, "the metadata", disk, settings.raft().snapshots(), threads.snapshot());
        this.metadataMachine = new HostedStateMachine(
                metadata,
                snapshots,
                peerSpaces,
                commits,
                this::answer,
                threads.read(),
                threads.snapshot(),
                metadataFailure::complete);
        Path raftDirectory = settings.dataDirectory().resolve("raft");
        disk.createDirectories(raftDirectory);
        this.groupsDirectory = groupsDirectory(settings.dataDirectory());
        NodeIdentity identity = NodeIdentity.find(settings, disk, raftDirectory, metadataDirectory(), threads.read());
        this.peers = new ClusterPeers(settings, this::metadataDivision);
        this.copyPace = new CopyPace(settings.raft().copyBytesPerSecond());
        this.replicaRepair = new ReplicaRepair(
                identity.name(), peers::others, settings.raft().maxEntryBytes(), reserve, copyPace);
        this.elections = new ElectionStates(disk, threads.electionWriters());
        // Terms of its log: whoever took an entry, or led, has saved the term before.
        elections.open(GroupIds.METADATA, metadataDirectory(), 0);
        RaftProperties properties = settings.raft().toProperties(raftDirectory, settings.address());
        if (settings.nodes().size() == 1) {
            RaftSettings.electAtOnce(properties);
        }
        // Ratis would start all groups that it finds or none. Partitions are added one by one, so that one which is
        // damaged stays out alone.
        RaftSettings.setGroupsDirectory(properties, raftDirectory.resolve("none"));
        RaftConfigKeys.Rpc.setType(properties, new SpaceAwareRpc());
        ConnectionEnds connectionEnds = new ConnectionEnds();
        WatchedTraffic traffic = new WatchedTraffic(new FollowerAppenders(), new HeardCommits(System::nanoTime));
        this.server = RaftServer.newBuilder()
                .setServerId(identity.name())
                .setStateMachineRegistry(this::stateMachine)
                .setGroup(identity.group())
                .setOption(RaftStorage.StartupOption.RECOVER)
                .setProperties(properties)
                .setParameters(SpaceAwareRpc.parameters(
                        peerSpaces, commits, elections, peers::isStranger, traffic, connectionEnds))
                .build();
        RaftSettings.setGroupsDirectory(properties, groupsDirectory);
        this.metadataMembers = new MetadataMembers(
                server,
                peers,
                this::nextCall,
                threads.placement(),
                settings.raft().electionTimeoutMin());
        this.entry = new ClusterEntry(server, settings, identity, threads.read(), metadataFailure::complete);
        this.metadataLog = new RaftCommandLog(peers::metadataGroup, settings.nodeId(), this::metadataDivision);
        this.spaceNotices = new SpaceNotices(settings.nodeId(), reserve, peers::others, threads.read());
        reserve.lookOnInterval(threads.disk());
        spaceNotices.sendOnInterval(threads.disk());
        this.placement = new LeaderPlacement(
                server,
                () -> partitions.values().stream(),
                this::spaceOf,
                this::nextCall,
                threads.placement(),
                threads.leadership(),
                settings.raft().electionTimeoutMin());
        placement.start();
        this.members = new PartitionMembers(
                server,
                peers::of,
                this::nextCall,
                threads.placement(),
                settings.raft().electionTimeoutMin().toMillis());
        BooleanSupplier hasRoom = () -> reserve.space() != DiskSpace.FULL;
        new StuckCandidates(server, hasRoom, this::restart).lookOnInterval(threads.leadership(), server::getGroupIds);
        new SnapshotTimer(() -> partitions.values().stream())
                .lookOnInterval(settings.raft().partitionSnapshots().interval(), threads.leadership());
        Succession succession = new Succession(server, hasRoom, threads.succession());
        LeaderDeaths deaths = new LeaderDeaths(peers::addressesOfOthers, succession::begin, threads.succession());
        connectionEnds.listen(deaths::onConnectionEnd);
        this.loneReplicas = new LoneReplicas(server, peers, loneHosting(), disk);
        this.recovery = new PartitionRecovery(server.getId(), peers, loneReplicas, threads.inquiry());
        HostedReplicas.Node hosting =
                new HostedReplicas.Node(directories::all, partitions::get, this::isInHand, this::restart);
        this.watchdog =
                Watchdog.start(new HostedReplicas(server, hosting, resources, traffic), settings, disk, threads);
    }

    private LoneReplicas.Hosting loneHosting() {
        return new LoneReplicas.Hosting() {
            @Override
            public @Nullable RaftPartition find(RaftGroupId group) {
                return partitions.get(group);
            }

            @Override
            public boolean isOnDisk(RaftGroupId group) {
                return directories.contains(group);
            }

            @Override
            public CompletableFuture<Void> reopen(RaftPartition partition, Consumer<Path> change) {
                return RaftNode.this.reopen(partition, change);
            }
        };
    }

    private CompletableFuture<ByteBuffer> answer(ReplicaRequest request) {
        return loneReplicas.answer(request);
    }

    private RaftServer.@Nullable Division metadataDivision() {
        return RaftDivisions.find(server, GroupIds.METADATA);
    }

    /** Where the partitions' segments lie. */
    static Path logDirectory(Path dataDirectory) {
        return dataDirectory.resolve(LOG_DIRECTORY);
    }

    /** Where Ratis keeps a directory for each group. */
    static Path groupsDirectory(Path dataDirectory) {
        return dataDirectory.resolve("raft").resolve("groups");
    }

    /**
     * Opens everything found in the data directory and takes part in its groups. Returns before leaders are elected.
     *
     * @param metadata the machine of the metadata group, of which every node of the cluster is a member
     * @param listener told of every hosted partition's changes
     * @throws IOException when the address cannot be bound or the data directory cannot be used, also when the metadata's
     *     snapshots are damaged and the Raft log does not replace them; says what to do. Nothing is left running
     */
    public static RaftNode start(
            RaftNodeSettings settings, Disk disk, ReplicatedStateMachine metadata, PartitionListener listener)
            throws IOException {
        requireFree(settings.address());
        RaftNode node = new RaftNode(settings, disk, metadata, listener);
        try {
            node.server.start();
        } catch (IOException | RuntimeException e) {
            node.close();
            String where = "node " + settings.nodeId() + " cannot start at " + settings.address();
            throw new IOException(
                    damagedSnapshot(e).map(what -> where + ": " + what).orElse(where), e);
        }
        node.entry.lookOnInterval(node.threads.entry());
        node.restorePartitions();
        return node;
    }

    /** What an operator has to do is not to be looked for behind Ratis's exceptions. */
    private static Optional<String> damagedSnapshot(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DamagedSnapshotException) {
                return Optional.ofNullable(cause.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Ratis ends the whole process when it cannot bind its port. */
    private static void requireFree(RaftAddress address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address.host(), address.port()));
        } catch (IOException e) {
            throw new IOException("cannot listen at " + address + ": " + e.getMessage(), e);
        }
    }

    private void restorePartitions() {
        // One without a group's directory was created while the node stopped; it will be created again.
        List<PartitionId> found = directories.all().stream()
                .filter(id -> Files.isDirectory(groupDirectory(id)))
                .sorted(IN_ORDER)
                .toList();
        RestoreProgress progress = new RestoreProgress(found.size(), System::nanoTime, RESTORE_LOG::info);
        List<CompletableFuture<Void>> restored = new ArrayList<>();
        for (PartitionId id : found) {
            awaitTurn(id);
            restored.add(restore(id, progress));
        }
        CompletableFuture.allOf(restored.toArray(CompletableFuture[]::new)).join();
        progress.onEnd();
    }

    private void awaitTurn(PartitionId id) {
        try {
            restoreWindow.begin(id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // all begin at once
        }
    }

    private Path groupDirectory(PartitionId id) {
        return groupsDirectory.resolve(GroupIds.of(id).getUuid().toString());
    }

    private CompletableFuture<Void> restore(PartitionId id, RestoreProgress progress) {
        RaftGroupId groupId = GroupIds.of(id);
        return inOrder(groupId, () -> open(id, RaftGroup.valueOf(groupId)))
                .thenRun(() -> progress.onOpened(bytesScanned(groupId)))
                .exceptionally(failure -> {
                    progress.onFailed();
                    restoreWindow.end(id);
                    return notRestored(id, failure);
                });
    }

    /** What opening a partition's log had to read, as far as it is still hosted. */
    private long bytesScanned(RaftGroupId groupId) {
        RaftPartition partition = partitions.get(groupId);
        return partition == null ? 0 : partition.log().recovery().bytesScanned();
    }

    private static @Nullable Void notRestored(PartitionId id, Throwable failure) {
        LOG.atError()
                .addKeyValue("partition", id)
                .setCause(failure)
                .log("partition is damaged and not served by this node; the other replicas go on");
        return null;
    }

    /** How the disk of a node is by what is known here, this node or another. */
    DiskSpace spaceOf(int nodeId) {
        return nodeId == settings.nodeId()
                ? resources.reserve().space()
                : resources.peerSpaces().of(nodeId);
    }

    /** The way into the metadata group's state machine. */
    public CommandLog metadataLog() {
        return metadataLog;
    }

    /**
     * Completes, with the cause, when this node's replica of the metadata cannot go on: its disk failed, or it met an entry
     * that this build does not know. What is on disk stays; this node has to be closed, and can be started again when the
     * cause is gone. On a thread that must not wait.
     */
    public CompletableFuture<Throwable> metadataFailure() {
        return metadataFailure.copy();
    }

    /** Node that leads the metadata group, as known here. */
    public OptionalInt metadataLeader() {
        RaftServer.Division division = metadataDivision();
        RaftPeerId leader = division == null ? null : division.getInfo().getLeaderId();
        return leader == null ? OptionalInt.empty() : OptionalInt.of(PeerIds.nodeOf(leader));
    }

    /** Ids of the cluster's nodes, sorted, as this one knows them: the members of the metadata group. */
    public SortedMap<Integer, RaftAddress> nodes() {
        SortedMap<Integer, RaftAddress> nodes = new TreeMap<>();
        peers.all().forEach((node, peer) -> nodes.put(node, RaftAddress.parse(peer.getAddress())));
        return nodes;
    }

    /** The name under which this node takes part, see {@link PeerIds}. */
    public String name() {
        return server.getId().toString();
    }

    /**
     * Takes a node out of the metadata group, so that it is none of the cluster any more; its replicas of partitions are not
     * touched. It may be down, and it may be this one.
     *
     * @return completes when it is out; fails when there is no such node, or it is not known whether it is out: asking again does
     *     no harm
     */
    public CompletableFuture<Void> removeNode(int node) {
        return CompletableFuture.runAsync(() -> metadataMembers.remove(node), threads.read());
    }

    /**
     * Whether the group of a partition that this node leads has a member that is none of the cluster's nodes any more, as one whose
     * disk was replaced.
     */
    public boolean hasFormerMembers(PartitionId id) {
        RaftPartition partition = partitions.get(GroupIds.of(id));
        if (partition == null || !partition.isLeading()) {
            return false;
        }
        RaftServer.Division division = RaftDivisions.find(server, GroupIds.of(id));
        return division != null
                && division.getRaftConf().getCurrentPeers().stream()
                        .map(RaftPeer::getId)
                        .anyMatch(peers::isFormer);
    }

    /**
     * Asks all nodes what they have of a partition, wherever its replicas are.
     *
     * @param replicas node ids of those that are to have them
     * @return completes when all have answered, or 10 s later
     */
    public CompletableFuture<PartitionQuorum> partitionQuorum(PartitionId id, List<Integer> replicas) {
        return recovery.look(id, replicas);
    }

    /**
     * Has one replica of a partition lead alone where the others' disks were given up and no majority is left: the one that has the most.
     * What it does not have is lost, acknowledged or not. Its leader gives the partition its other replicas again.
     *
     * @param replicas node ids of those that are to have them
     * @return completes with the node, when its replica was opened anew: it leads within an election timeout. Fails with {@link
     *     RecoveryRefusedException} when no replica may, or with {@link IOException} when it is not known what became of it; asking
     *     again does no harm
     */
    public CompletableFuture<Integer> forceRecover(PartitionId id, List<Integer> replicas) {
        return recovery.recover(id, replicas);
    }

    /** The metadata group as this node knows it. */
    public MetadataQuorum metadataQuorum() {
        return MetadataQuorum.of(metadataDivision(), peers.all());
    }

    /** Followers of the metadata group that answer, as its leader knows; 0 on the other nodes. */
    public int metadataFollowersInSync() {
        return (int) Followers.of(metadataDivision()).countInTouch();
    }

    /** Bytes on this node's disk of the metadata group's Raft log. */
    public long metadataLogBytes() {
        return bytesIn(RaftLogFile.directory(metadataDirectory()));
    }

    /** Bytes on this node's disk of the metadata group's snapshots. */
    public long metadataSnapshotBytes() {
        return bytesIn(metadataDirectory().resolve(SnapshotFiles.DIRECTORY));
    }

    private Path metadataDirectory() {
        return groupsDirectory(settings.dataDirectory())
                .resolve(GroupIds.METADATA.getUuid().toString());
    }

    private static long bytesIn(Path directory) {
        // Files come and go meanwhile: one that is gone counts as nothing.
        return Stream.ofNullable(directory.toFile().listFiles())
                .flatMap(Arrays::stream)
                .mapToLong(File::length)
                .sum();
    }

    /** The partition, if this node hosts it and it is open. */
    public Optional<ReplicatedLog> partition(UUID topicId, int partition) {
        RaftPartition found = partitions.get(GroupIds.of(new PartitionId(topicId, "", partition)));
        return found != null && found.isOpen() ? Optional.of(found) : Optional.empty();
    }

    /** Partitions whose data is on this node, open or not. */
    public List<PartitionId> hosted() {
        return directories.all();
    }

    /**
     * Takes part in a partition's group, creating what is missing. Does nothing more when it already runs, or when it is
     * damaged here and repaired just now: then it will run, and {@link PartitionListener#onRepaired} tells.
     *
     * @param replicas node ids; the first is the preferred leader
     * @return completes when the group runs here; a leader may still have to be elected
     */
    public CompletableFuture<Void> createPartition(PartitionId id, List<Integer> replicas) {
        return unlessRepaired(id, () -> create(id, replicas));
    }

    private CompletableFuture<Void> unlessRepaired(PartitionId id, Supplier<CompletableFuture<Void>> change) {
        // Not behind the attempt that runs now, which can take long.
        return repairs.isUnderWay(id) ? CompletableFuture.completedFuture(null) : inOrder(GroupIds.of(id), change);
    }

    /**
     * Takes part in a partition's group as its leader will have it: without a vote, and without anything to begin with, until
     * the leader makes this node a member. Does nothing more when the group runs here already.
     *
     * @return completes when it runs
     */
    public CompletableFuture<Void> joinPartition(PartitionId id) {
        RaftGroup group = RaftGroup.valueOf(GroupIds.of(id));
        return unlessRepaired(id, () -> {
            if (!isHosted(group.getGroupId())) {
                return createFiles(id, group);
            }
            // A replica that was a member no more has closed its division by itself.
            return hasClosedItself(group.getGroupId())
                    ? stop(group.getGroupId()).thenCompose(stopped -> open(id, group))
                    : CompletableFuture.completedFuture(null);
        });
    }

    /**
     * Whether the replica here was no member any more when it looked last, and has closed itself; where it is to be one again, {@link
     * #joinPartition} opens it.
     */
    public boolean hasLeft(PartitionId id) {
        RaftGroupId groupId = GroupIds.of(id);
        RaftServer.Division division = RaftDivisions.find(server, groupId);
        return division != null
                && hasClosedItself(groupId)
                && division.getRaftConf().getCurrentPeers().stream()
                        .noneMatch(peer -> peer.getId().equals(division.getId()));
    }

    private boolean hasClosedItself(RaftGroupId groupId) {
        RaftPartition partition = partitions.get(groupId);
        RaftServer.Division division = RaftDivisions.find(server, groupId);
        return partition != null
                && !partition.isFenced()
                && division != null
                && division.getInfo().getLifeCycleState() == LifeCycle.State.CLOSED;
    }

    /**
     * Has the group of a partition that this node leads make the next step to other members; see {@link
     * PartitionMembers#step}.
     *
     * @param replicas node ids, the preferred leader first
     * @return completes with whether these are the members now; false when this is to be asked again. Fails when the step failed,
     *     or this node does not lead
     */
    public CompletableFuture<Boolean> changeMembers(PartitionId id, List<Integer> replicas) {
        RaftPartition partition = partitions.get(GroupIds.of(id));
        RaftServer.Division division = RaftDivisions.find(server, GroupIds.of(id));
        return partition == null || division == null || !partition.isLeading()
                ? CompletableFuture.failedFuture(new IllegalStateException("this node does not lead " + id))
                : members.step(id, division, replicas);
    }

    private CompletableFuture<Void> create(PartitionId id, List<Integer> replicas) {
        RaftGroupId groupId = GroupIds.of(id);
        RaftServer.Division existing = isHosted(groupId) ? RaftDivisions.find(server, groupId) : null;
        if (existing != null && !existing.getRaftConf().getCurrentPeers().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        RaftGroup group = RaftGroup.valueOf(groupId, peers.of(replicas, OptionalInt.of(replicas.get(0))));
        if (existing != null) {
            // Stopped between the creation of the group's directory and its first entry: it does not know its peers
            // yet. What is in the directory stays: this node may have voted, and must not vote again in that term.
            return leave(groupId, false).thenCompose(left -> open(id, group));
        }
        return createFiles(id, group);
    }

    private CompletableFuture<Void> createFiles(PartitionId id, RaftGroup group) {
        try {
            directories.create(id);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return open(id, group);
    }

    /** Opens the partition's files and adds its group. When that fails nothing of it is left in memory. */
    private CompletableFuture<Void> open(PartitionId id, RaftGroup group) {
        RaftGroupId groupId = group.getGroupId();
        RaftPartition partition =
                new RaftPartition(id, files(id), listener, settings.raft(), resources, settings.maxProducers());
        try {
            partition.openLog(groupDirectory(id));
            elections.open(groupId, groupDirectory(id), partition.lastLoggedTerm());
        } catch (IOException | RuntimeException e) {
            if (e instanceof CorruptLogException || e instanceof DamagedSnapshotException) {
                onDamage(id);
            }
            partition.onClosed();
            return CompletableFuture.failedFuture(e);
        }
        partitions.put(groupId, partition);
        return manage(GroupManagementRequest.newAdd(clientId, server.getId(), nextCall(), group, false))
                .whenComplete((added, failure) -> {
                    if (failure != null) {
                        partitions.remove(groupId, partition);
                        partition.onClosed();
                    }
                });
    }

    private void onDamage(PartitionId id) {
        if (peers.all().size() > 1) {
            repairs.begin(id);
        }
    }

    private CompletableFuture<PartitionRepair.Report> repair(PartitionId id, BooleanSupplier isCancelled) {
        CompletableFuture<PartitionRepair.Report> repaired = new CompletableFuture<>();
        RaftGroupId groupId = GroupIds.of(id);
        return inOrder(groupId, () -> {
                    if (isCancelled.getAsBoolean() || !directories.contains(groupId)) {
                        // Removed before its turn came: it must not be created again.
                        return CompletableFuture.failedFuture(new CancellationException(id + " was removed"));
                    }
                    return stop(groupId)
                            .thenRunAsync(() -> repaired.complete(repairFiles(id, isCancelled)), threads.read())
                            .thenCompose(done -> open(id, RaftGroup.valueOf(groupId)));
                })
                // Not combined: that waits for both, and a failed attempt has no report.
                .thenCompose(opened -> repaired);
    }

    /** A fenced replica is still a member of its server, closed. */
    private CompletableFuture<Void> stop(RaftGroupId groupId) {
        return isHosted(groupId)
                ? leave(groupId, false).thenRun(() -> partitions.remove(groupId))
                : CompletableFuture.completedFuture(null);
    }

    private boolean isInHand(PartitionId id) {
        return repairs.isUnderWay(id) || changes.containsKey(GroupIds.of(id));
    }

    /** A replica that does not go on; one that is fenced stays so. */
    private CompletableFuture<Void> restart(RaftGroupId groupId) {
        if (groupId.equals(GroupIds.METADATA)) {
            metadataFailure.complete(new IOException("this node's replica of the metadata does not go on: it could"
                    + " not write the term of an election, or has stopped; the lines before say why"));
        }
        return directories.find(groupId).map(this::restart).orElse(CompletableFuture.completedFuture(null));
    }

    private CompletableFuture<Void> restart(PartitionId id) {
        RaftGroupId groupId = GroupIds.of(id);
        return inOrder(groupId, () -> {
                    RaftPartition partition = partitions.get(groupId);
                    boolean isFree =
                            directories.contains(groupId) && (partition == null || partition.leave(CLOSE_LIMIT));
                    return isFree
                            ? stop(groupId).thenCompose(stopped -> open(id, RaftGroup.valueOf(groupId)))
                            : CompletableFuture.completedFuture(null);
                })
                .exceptionally(failure -> notRestored(id, failure));
    }

    /** Partitions whose replicas here do not go on, though they were started anew: they need an operator. */
    public Set<PartitionId> leftAlone() {
        return watchdog.leftAlone();
    }

    private PartitionRepair.Report repairFiles(PartitionId id, BooleanSupplier isCancelled) {
        try {
            return replicaRepair.run(id, files(id), groupDirectory(id), isCancelled);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** For a replica to which the leader cannot send what it needs; see {@link CatchUps.Attempt}. */
    private boolean catchUp(PartitionId id, RaftPeerId leader, long firstIndex) throws IOException {
        RaftGroupId groupId = GroupIds.of(id);
        RaftPartition partition = partitions.get(groupId);
        if (partition == null || !partition.isOpen()) {
            throw new IOException("the partition is not open");
        }
        RaftGroup group = RaftGroup.valueOf(groupId, peers.others());
        BooleanSupplier isCancelled = () -> !partition.isOpen() || partition.isFenced();
        try (PeerRecords source = new PeerRecords(group, leader)) {
            RecordsOffer offer = source.offer();
            if (!partition.lacks(offer, firstIndex)) {
                return false;
            }
            if (partition.hasStored(offer.state().position())) {
                reopen(partition, directory -> PartitionCopy.adopt(disk, directory, offer))
                        .join();
                return true;
            }
            LOG.atInfo()
                    .addKeyValue("partition", id)
                    .addKeyValue("leader", leader)
                    .addKeyValue("from", partition.highWatermark())
                    .addKeyValue("to", offer.endOffset())
                    .log("copies what the leader's Raft log does not have any more");
            try (PartitionCopy copy = partition.copy(copyPace.slow(source, isCancelled), offer, isCancelled)) {
                reopen(partition, copy::commitUnlessPassed).join();
                LOG.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("bytes", copy.copiedBytes())
                        .log("copied, and goes on from there");
            }
            return true;
        } catch (CompletionException e) {
            // Whatever became of it: the repair opens it again.
            repairs.begin(id);
            throw new IOException("the copy could not take its place: " + e.getCause(), e);
        }
    }

    /**
     * Anew, and what is in the group's directory changed meanwhile, unless the replica was opened anew already.
     *
     * @param change of a group that is closed
     */
    private CompletableFuture<Void> reopen(RaftPartition partition, Consumer<Path> change) {
        PartitionId id = partition.id();
        RaftGroupId groupId = GroupIds.of(id);
        return inOrder(groupId, () -> {
            boolean isAnother = !directories.contains(groupId) || partitions.get(groupId) != partition;
            if (isAnother || partition.isFenced()) {
                return CompletableFuture.completedFuture(null);
            }
            return stop(groupId)
                    .thenRunAsync(() -> change.accept(groupDirectory(id)), threads.read())
                    .thenCompose(done -> open(id, RaftGroup.valueOf(groupId)));
        });
    }

    private PartitionFiles files(PartitionId id) {
        return new PartitionFiles(disk, directories.directory(id), settings.log(), openFiles);
    }

    private CompletableFuture<Void> leave(RaftGroupId groupId, boolean deletesDirectory) {
        return manage(GroupManagementRequest.newRemove(
                        clientId, server.getId(), nextCall(), groupId, deletesDirectory, false))
                .thenRun(() -> elections.remove(groupId));
    }

    /** Changes of one partition wait for each other: Ratis takes no group that is half created or half removed. */
    private CompletableFuture<Void> inOrder(RaftGroupId groupId, Supplier<CompletableFuture<Void>> change) {
        CompletableFuture<Void> next = changes.compute(groupId, (id, last) -> {
            CompletableFuture<?> before = last == null ? CompletableFuture.completedFuture(null) : last;
            return before.handle((done, failure) -> done).thenComposeAsync(done -> change.get(), threads.read());
        });
        return next.whenComplete((done, failure) -> changes.remove(groupId, next));
    }

    /**
     * Makes a partition's preferred replica its leader, if another one is.
     *
     * @param replicas node ids; the first is the preferred leader
     * @param limit of the wait for the election, which begins when those that were asked for before have ended
     * @return completes when it leads; fails with {@link IOException} when it does not by then, with {@link
     *     RejectedExecutionException} when too many wait
     */
    public CompletableFuture<Void> electPreferred(PartitionId id, List<Integer> replicas, Duration limit) {
        try {
            return CompletableFuture.runAsync(
                    () -> {
                        List<RaftPeer> members = peers.of(replicas, OptionalInt.of(replicas.get(0)));
                        try {
                            new LeadershipTransfer(RaftGroup.valueOf(GroupIds.of(id), members))
                                    .to(members.get(0).getId(), limit);
                        } catch (IOException e) {
                            throw new CompletionException(e);
                        }
                    },
                    threads.election());
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Has other nodes lead what this one leads, the partitions first and then the metadata, as far as they can; for a node that
     * is about to be closed. It takes part in its groups as before.
     *
     * @param limit of the wait
     * @return completes when nothing is left that another node could lead, or the time is over, with the number of partitions that
     *     this node leads still; never fails
     */
    public CompletableFuture<Integer> handOver(Duration limit) {
        long partitionsMillis = limit.toMillis() * 3 / 4;
        return placement
                .leave()
                .completeOnTimeout(null, partitionsMillis, TimeUnit.MILLISECONDS)
                .thenComposeAsync(left -> metadataMembers.handOver(), threads.placement())
                .thenCompose(left -> leadersKnown())
                .completeOnTimeout(null, limit.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    LOG.atInfo().setCause(failure).log("the metadata's leadership was not handed over");
                    return null;
                })
                .thenApply(ended -> (int) partitions.values().stream()
                        .filter(RaftPartition::isLeading)
                        .count());
    }

    /** Clients that wait here are to be told who leads instead: a partition that was handed over has no leader for a moment. */
    private CompletableFuture<Void> leadersKnown() {
        return CompletableFuture.allOf(
                partitions.values().stream().map(RaftPartition::leaderSoon).toArray(CompletableFuture[]::new));
    }

    /** Leaves a partition's group and deletes its data here. Does nothing when it is not hosted. */
    public CompletableFuture<Void> removePartition(PartitionId id) {
        repairs.cancel(id);
        return inOrder(GroupIds.of(id), () -> remove(id));
    }

    private CompletableFuture<Void> remove(PartitionId id) {
        RaftGroupId groupId = GroupIds.of(id);
        if (!directories.contains(groupId)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> left =
                isHosted(groupId) ? leave(groupId, true) : CompletableFuture.completedFuture(null);
        return left.thenRun(() -> {
            partitions.remove(groupId);
            try {
                directories.delete(id);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private boolean isHosted(RaftGroupId groupId) {
        for (RaftGroupId hosted : server.getGroupIds()) {
            if (hosted.equals(groupId)) {
                return true;
            }
        }
        return false;
    }

    private CompletableFuture<Void> manage(GroupManagementRequest request) {
        return CompletableFuture.completedFuture(request)
                // Not on the caller's thread: Ratis creates the group's files in the call.
                .thenComposeAsync(server::groupManagementAsync, threads.read())
                .thenAccept(reply -> {
                    if (!reply.isSuccess()) {
                        throw new IllegalStateException("group management failed: " + reply.getException());
                    }
                });
    }

    private long nextCall() {
        return callIds.incrementAndGet();
    }

    private StateMachine stateMachine(RaftGroupId groupId) {
        if (groupId.equals(GroupIds.METADATA)) {
            return metadataMachine;
        }
        RaftPartition partition = partitions.get(groupId);
        if (partition == null) {
            throw new IllegalStateException("no partition for Raft group " + groupId.getUuid());
        }
        return partition.stateMachine();
    }

    /** Leaves all groups in order and closes their files. What was acknowledged is on disk before as after. */
    @Override
    public void close() {
        repairs.cancelAll();
        snapshots.close();
        closeQuietly("metadata client", metadataLog);
        new ServerClose(server, settings.address()).run();
        threads.stopTimers();
        closeQuietly("space notices", spaceNotices);
        threads.shutDown();
        try {
            for (RaftPartition partition : partitions.values()) {
                partition.awaitLeft(CLOSE_LIMIT);
            }
            threads.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closing goes on with the next part whatever fails: nothing depends on it but the process's end. */
    private static void closeQuietly(String what, @Nullable AutoCloseable closeable) {
        if (closeable == null) {
            return;
        }
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.atWarn().addKeyValue("what", what).setCause(e).log("close failed");
        }
    }
}
