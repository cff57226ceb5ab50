package io.oarlog.server;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataSeams;
import io.oarlog.metadata.MetadataSettings;
import io.oarlog.metadata.MetadataStateMachine;
import io.oarlog.metadata.SessionSettings;
import io.oarlog.metadata.zookeeper.EnsembleStatus;
import io.oarlog.metadata.zookeeper.StorageSizes;
import io.oarlog.metadata.zookeeper.ZooKeeperServer;
import io.oarlog.metadata.zookeeper.ZooKeeperSettings;
import io.oarlog.raft.MetadataQuorum;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.PartitionListener;
import io.oarlog.raft.PartitionQuorum;
import io.oarlog.raft.RaftAddress;
import io.oarlog.raft.RaftNode;
import io.oarlog.raft.RaftNodeSettings;
import io.oarlog.raft.RaftSettings;
import io.oarlog.raft.ReplicaCapacity;
import io.oarlog.server.api.ApiRouter;
import io.oarlog.server.api.ApiSettings;
import io.oarlog.server.api.ClusterMembership;
import io.oarlog.server.api.ClusterState;
import io.oarlog.server.api.DelayedFetches;
import io.oarlog.server.api.KafkaApis;
import io.oarlog.server.api.PartitionQuorums;
import io.oarlog.server.api.TopicSettings;
import io.oarlog.server.group.CoordinatorHost;
import io.oarlog.server.group.CoordinatorThreads;
import io.oarlog.server.group.GroupApis;
import io.oarlog.server.group.GroupLook;
import io.oarlog.server.group.GroupNaming;
import io.oarlog.server.group.OffsetsTopic;
import io.oarlog.server.health.HealthListener;
import io.oarlog.server.health.Readiness;
import io.oarlog.server.net.KafkaListener;
import io.oarlog.server.net.ListenerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: starts its parts in order and stops them in the opposite one. Thread-safe.
 *
 * <pre>
 * starting --metadata caught up, broker registered--> serving --close--> stopped
 * </pre>
 *
 * A broker that is starting closes every Kafka connection at once, so that clients go on to another broker instead of
 * hearing from this one that topics do not exist which it has not learned of yet.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    /** As large as Kafka's default: one request carries batches of many partitions. */
    private static final int MAX_FRAME_BYTES = 100 * 1024 * 1024;

    private static final int MAX_FETCH_BYTES = 16 * 1024 * 1024;
    private static final int MAX_PRODUCERS = 10_000;
    private static final int TIMER_THREADS = 2;
    private static final int HTTP_THREADS = 4;
    /** Those who stop a process kill it after 10 s, and what follows takes a second. */
    private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(8);

    private static final Duration GROUP_NAMES_INTERVAL = Duration.ofMinutes(1);
    private static final Duration IN_SYNC_INTERVAL = Duration.ofSeconds(1);
    private static final Duration MOVES_INTERVAL = Duration.ofMillis(500);
    private static final Duration REJOIN_INTERVAL = Duration.ofSeconds(10);
    private static final int READ_THREADS = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private record Part(String name, AutoCloseable closeable) {}

    private final BrokerSettings settings;
    private final TopicSettings topicSettings;
    private final DelayedFetches delayedFetches;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService readPool;
    private final ExecutorService groupExecutor;
    private final ExecutorService cleanerExecutor;
    private final ExecutorService scrubExecutor;
    private final RaftNode raftNode;
    private final Metadata metadata;
    private final Changes changes = new Changes();
    private final CompactionTask compactionTask;
    private final Optional<ScrubTask> scrubTask;
    private final PartitionHost partitionHost;
    private final ClusterState cluster;
    private final CoordinatorHost coordinatorHost;
    private final GroupNaming groupNaming;
    private final List<KafkaListener> listeners = new ArrayList<>();
    private final CompletableFuture<Void> serving;
    private volatile Supplier<Readiness> readiness = () -> Readiness.not("it looks at what is on its disk");
    private volatile boolean isLeaving;
    /** What has been started, in order; stopped from the end. */
    private final Deque<Part> parts = new ConcurrentLinkedDeque<>();

    private Broker(BrokerSettings settings, Disk disk) throws IOException {
        this.settings = settings;
        this.topicSettings = new TopicSettings(settings.maxMessageBytes(), settings.topicDefaults());
        try {
            // Before all that may take long: whoever asks whether this process lives is to hear that it does.
            if (settings.httpListener().isPresent()) {
                part("HTTP listener", healthListener(settings.httpListener().get()));
            }
            part("data directory", DataDirectory.open(disk, settings.dataDirectory(), settings.nodeId()));
            this.timer = new ScheduledThreadPoolExecutor(TIMER_THREADS, named("timer"));
            // Else every answered fetch stays in memory until its time limit.
            timer.setRemoveOnCancelPolicy(true);
            part("timer", timer::shutdownNow);
            this.readPool = Executors.newFixedThreadPool(READ_THREADS, named("read"));
            part("read pool", readPool::shutdownNow);
            this.groupExecutor = Executors.newSingleThreadExecutor(named("groups"));
            part("group executor", groupExecutor::shutdownNow);
            this.cleanerExecutor = Executors.newSingleThreadExecutor(named("cleaner"));
            // Not interrupted: that would close the files under it, of the segment that is written to as well.
            part("cleaner executor", cleanerExecutor::shutdown);
            this.scrubExecutor = Executors.newSingleThreadExecutor(named("scrub"));
            part("scrub executor", scrubExecutor::shutdown);
            CoordinatorThreads coordinatorThreads = coordinatorThreads();
            this.delayedFetches = new DelayedFetches(timer);
            requireFree(Objects.requireNonNull(settings.nodes().get(settings.nodeId())));
            MetadataStateMachine machine = new MetadataStateMachine(System::nanoTime);
            this.raftNode = part("Raft node", RaftNode.start(raftSettings(), disk, machine, changes));
            this.metadata = part("metadata", Metadata.start(metadataSettings(), machine, metadataSeams()));
            this.compactionTask = part("cleaner", compactionTask());
            this.scrubTask = settings.scrub().interval().map(this::scrubTask);
            this.partitionHost =
                    new PartitionHost(settings.nodeId(), raftNode, metadata, topicSettings, groupExecutor, timer);
            this.cluster = new ClusterState(metadata, raftNode::partition);
            this.coordinatorHost = part("group coordinator", coordinatorHost(coordinatorThreads));
            this.groupNaming = new GroupNaming(metadata);
            ApiRouter router = router();
            for (NamedListener listener : settings.listeners()) {
                listeners.add(listener(listener, router));
            }
            if (settings.zooKeeper().isPresent()) {
                part("ZooKeeper listener", zooKeeperServer(settings.zooKeeper().get()));
            }
            this.serving = metadata.started().thenRun(this::serve);
            this.readiness = this::readiness;
            if (settings.handsOver()) {
                part("leadership", this::handOver);
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens the data directory, takes part in the cluster and listens. Returns before the cluster has leaders.
     *
     * @throws InvalidSettingException when the data directory is another node's
     * @throws IOException when an address cannot be bound, or the data is in use or cannot be read; nothing is left running
     */
    public static Broker start(BrokerSettings settings) throws IOException {
        return start(settings, Disk.system());
    }

    /** As {@link #start(BrokerSettings)}, with the segments on a disk of the caller's. */
    public static Broker start(BrokerSettings settings, Disk disk) throws IOException {
        return new Broker(settings, disk);
    }

    /** Looks before Ratis does, which ends the whole process when it cannot have its port. */
    private static void requireFree(RaftAddress address) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address.host(), address.port()));
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on " + address + " for the other nodes: " + e.getMessage()
                            + "; free the port, or change the node's address in cluster.nodes on all nodes",
                    e);
        }
    }

    private <T extends AutoCloseable> T part(String name, T closeable) {
        parts.add(new Part(name, closeable));
        return closeable;
    }

    private void serve() {
        // From here on each change is heard of, and what came before is in the tree that is looked at now.
        metadata.addListener(partitionHost);
        changes.host = partitionHost;
        changes.coordinatorHost = coordinatorHost;
        var unused = partitionHost.reconcile();
        partitionHost.rejoinOnInterval(REJOIN_INTERVAL);
        coordinatorHost.start();
        new GroupLook(metadata, coordinatorHost, groupNaming).start(timer, GROUP_NAMES_INTERVAL);
        new InSyncWatch(settings.nodeId(), raftNode, metadata).start(timer, IN_SYNC_INTERVAL);
        new ReplicaMoves(metadata, raftNode).start(timer, MOVES_INTERVAL);
        new RetentionTask(metadata::topics, raftNode::partition, topicSettings, Clock.system(), readPool)
                .start(timer, settings.retentionCheckInterval());
        if (settings.cleaner().isEnabled()) {
            compactionTask.start(timer, settings.cleaner().backoff());
        }
        scrubTask.ifPresent(scrubExecutor::execute);
        listeners.forEach(KafkaListener::open);
        LOG.atInfo()
                .addKeyValue("node", settings.nodeId())
                .addKeyValue("address", settings.advertisedText())
                .addKeyValue("cluster", metadata.clusterId())
                .log("serving");
    }

    private HealthListener healthListener(RaftAddress address) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(HTTP_THREADS, named("http"));
        part("HTTP threads", threads::shutdownNow);
        return HealthListener.start(
                new InetSocketAddress(address.host(), address.port()), () -> readiness.get(), threads);
    }

    private Readiness readiness() {
        if (isLeaving) {
            return Readiness.not("it stops");
        } else if (!serving.isDone() || serving.isCompletedExceptionally()) {
            return Readiness.not("it has not caught up with the cluster's metadata yet");
        } else if (!knowsMetadataLeader()) {
            return Readiness.not("it knows no leader of the metadata");
        }
        return Readiness.of(
                        settings.nodeId(),
                        metadata.topics(),
                        (topic, partition) -> metadata.publishedLeader(topic.id(), partition))
                .withoutThose(raftNode.leftAlone().stream()
                        .map(PartitionId::toString)
                        .sorted()
                        .toList());
    }

    /** While clients are served, who are told at once who leads instead. */
    private void handOver() {
        if (serving.isDone() && !serving.isCompletedExceptionally()) {
            int leads = raftNode.handOver(HAND_OVER_LIMIT).join();
            LOG.atInfo().addKeyValue("leads", leads).log("others lead what this node led");
        }
    }

    /**
     * Completes when clients are served: this node has caught up with the metadata and is registered. Waits while the
     * cluster has no majority; fails when the broker is closed before.
     */
    public CompletableFuture<Void> serving() {
        return serving.copy();
    }

    /**
     * Completes, with the cause, when this broker cannot go on, for it learns of no change of the metadata any more. It is to
     * be closed, and can be started again when the cause is gone. On a thread that must not wait.
     */
    public CompletableFuture<Throwable> failure() {
        return raftNode.metadataFailure();
    }

    /** Ids of the brokers that are registered with the cluster, as far as this one has heard. */
    public Set<Integer> knownBrokers() {
        return metadata.brokers().stream().map(BrokerRegistration::id).collect(Collectors.toSet());
    }

    /** Whether this broker knows who leads the metadata now. */
    public boolean knowsMetadataLeader() {
        return metadata.controllerId().isPresent();
    }

    /** Kafka connections that are open. */
    int connections() {
        return listeners.stream().mapToInt(KafkaListener::connectionCount).sum();
    }

    /** Groups that are named in the tree as this node has it. */
    Set<String> groupNames() {
        return metadata.groupNames();
    }

    /** Partitions that fetches wait for. */
    int waitingFetches() {
        return delayedFetches.size();
    }

    private CoordinatorThreads coordinatorThreads() {
        return new CoordinatorThreads(
                coordinatorThread("coordinator"),
                coordinatorThread("coordinator-topics"),
                coordinatorThread("coordinator-load"),
                timer);
    }

    private ExecutorService coordinatorThread(String role) {
        ExecutorService thread = Executors.newSingleThreadExecutor(named(role));
        part(role + " thread", thread::shutdownNow);
        return thread;
    }

    private CoordinatorHost coordinatorHost(CoordinatorThreads threads) {
        return new CoordinatorHost(
                settings.nodeId(),
                metadata,
                raftNode::partition,
                settings.groups(),
                settings.maxMessageBytes(),
                threads);
    }

    private ScrubTask scrubTask(Duration interval) {
        return part(
                "scrub",
                new ScrubTask(
                        raftNode::hosted,
                        raftNode::partition,
                        interval,
                        settings.scrub().bytesPerSecond()));
    }

    private CompactionTask compactionTask() {
        return new CompactionTask(
                metadata::topics,
                raftNode::partition,
                topicSettings,
                settings.cleaner().keyMapBytes(),
                Clock.system(),
                cleanerExecutor);
    }

    private RaftNodeSettings raftSettings() {
        return new RaftNodeSettings(
                settings.nodeId(),
                settings.nodes(),
                settings.dataDirectory(),
                RaftSettings.defaults()
                        .withElectionTimeout(settings.electionTimeoutMin(), settings.electionTimeoutMax())
                        .withMaxAppendBytes(settings.maxMessageBytes())
                        .withCopyBytesPerSecond(settings.copyBytesPerSecond()),
                LogSettings.defaults()
                        .withSegmentBytes(settings.topicDefaults().segmentBytes())
                        .withSegmentMillis(settings.topicDefaults().segmentMillis()),
                MAX_PRODUCERS,
                settings.maxOpenSegments(),
                settings.diskReserveBytes());
    }

    private MetadataSettings metadataSettings() {
        return new MetadataSettings(
                new BrokerRegistration(
                        settings.nodeId(),
                        settings.listeners().stream()
                                .map(NamedListener::endpoint)
                                .toList(),
                        Optional.of(ReplicaCapacity.ofThisProcess(raftSettings().raft(), settings.maxOpenSegments()))),
                raftNode.name(),
                settings.defaultPartitions(),
                settings.defaultReplicationFactor(),
                SessionSettings.defaults());
    }

    private MetadataSeams metadataSeams() {
        return new MetadataSeams(
                raftNode.metadataLog(),
                raftNode::nodes,
                raftNode::metadataLeader,
                Clock.system(),
                new SecureRandom(),
                timer);
    }

    /** Serves at once: a client is in when the group has made it a session, and then this node has caught up. */
    private ZooKeeperServer zooKeeperServer(ZooKeeperSettings zooKeeper) throws IOException {
        return ZooKeeperServer.start(
                zooKeeper,
                metadata.replicatedTree(),
                this::ensembleStatus,
                () -> new StorageSizes(raftNode.metadataSnapshotBytes(), raftNode.metadataLogBytes()),
                Clock.system(),
                new SecureRandom());
    }

    private EnsembleStatus ensembleStatus() {
        return new EnsembleStatus(
                settings.nodeId(),
                raftNode.nodes().size(),
                raftNode.metadataLeader(),
                raftNode.metadataFollowersInSync());
    }

    private KafkaListener listener(NamedListener listener, ApiRouter router) throws IOException {
        ListenerSettings bounds = ListenerSettings.of(
                listener.name(), listener.address().host(), listener.address().port(), MAX_FRAME_BYTES);
        return part("listener " + listener.name(), KafkaListener.start(bounds, router));
    }

    private ApiRouter router() {
        ApiSettings apiSettings = new ApiSettings(
                settings.nodeId(),
                settings.dataDirectory(),
                topicSettings,
                MAX_FETCH_BYTES,
                settings.defaultReplicationFactor(),
                settings.createsTopics(),
                settings.describe());
        OffsetsTopic offsetsTopic = new OffsetsTopic(metadata, settings.groups());
        return KafkaApis.router(
                cluster,
                apiSettings,
                GroupApis.handlers(cluster, coordinatorHost, offsetsTopic, groupNaming),
                raftNode::electPreferred,
                membership(),
                partitionQuorums(),
                delayedFetches,
                readPool,
                Clock.system());
    }

    private ClusterMembership membership() {
        return new ClusterMembership() {
            @Override
            public MetadataQuorum quorum() {
                return raftNode.metadataQuorum();
            }

            @Override
            public CompletableFuture<Void> remove(int node) {
                return raftNode.removeNode(node);
            }
        };
    }

    /** With the metadata as it is now: it tells whose disks were given up, and where the replicas are to be. */
    private PartitionQuorums partitionQuorums() {
        return new PartitionQuorums() {
            @Override
            public CompletableFuture<PartitionQuorum> look(PartitionId partition) {
                return metadata.sync().thenCompose(synced -> raftNode.partitionQuorum(partition, replicas(partition)));
            }

            @Override
            public CompletableFuture<Integer> recover(PartitionId partition) {
                return metadata.sync().thenCompose(synced -> raftNode.forceRecover(partition, replicas(partition)));
            }
        };
    }

    /** Where a partition's replicas are, or are to be. */
    private List<Integer> replicas(PartitionId partition) {
        return metadata.topic(partition.topicId())
                .filter(topic -> partition.partition() < topic.partitionCount())
                .map(topic -> topic.replicas().get(partition.partition()))
                .orElseThrow(() -> new IllegalStateException("partition " + partition + " was deleted meanwhile"));
    }

    private ThreadFactory named(String role) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, role + "-" + settings.nodeId() + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Has others lead what this broker leads, while clients are served still, for up to 8 s and as far as they can; then stops.
     * With {@code controlled.shutdown.enable=false} at once.
     */
    @Override
    public synchronized void close() {
        isLeaving = true;
        for (Part part = parts.pollLast(); part != null; part = parts.pollLast()) {
            try {
                part.closeable().close();
            } catch (Exception e) {
                // The rest is stopped all the same: nothing depends on this part any more.
                LOG.atWarn().addKeyValue("part", part.name()).setCause(e).log("could not be stopped in order");
            }
        }
    }

    /** Hands changes of the partitions hosted here to whoever waits for them. On Ratis's threads. */
    private final class Changes implements PartitionListener {
        /** Null until it can publish leaders; then it begins with all that there are. */
        private volatile @Nullable PartitionHost host;

        private volatile @Nullable CoordinatorHost coordinatorHost;

        @Override
        public void onHighWatermark(PartitionId partition, long highWatermark) {
            delayedFetches.onChange(partition.topicId(), partition.partition());
        }

        @Override
        public void onLogStart(PartitionId partition, long logStartOffset) {
            delayedFetches.onChange(partition.topicId(), partition.partition());
        }

        @Override
        public void onLeaderChange(PartitionId partition, PartitionLeader leader) {
            delayedFetches.onChange(partition.topicId(), partition.partition());
            PartitionHost current = host;
            if (current != null) {
                current.onLeaderChange(partition, leader);
            }
            CoordinatorHost coordinator = coordinatorHost;
            if (coordinator != null) {
                coordinator.onLeaderChange(partition);
            }
        }

        @Override
        public void onRepaired(PartitionId partition) {
            PartitionHost current = host;
            if (current != null) {
                current.onRepaired(partition);
            }
        }
    }
}
