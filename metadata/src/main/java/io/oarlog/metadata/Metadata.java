package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeTree;
import io.oarlog.raft.RaftAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's view of the metadata, and its part in it: topics, brokers, leaders. Thread-safe.
 *
 * <p>Reads take no lock and say what this node has applied, which may be behind the leader. Writes complete once they are
 * committed and this node has applied them, so that whoever asks here next sees them; their futures complete on the
 * scheduler, or at once on the caller's thread, and fail with {@link java.util.concurrent.TimeoutException} when it is
 * unknown whether the write was or will be done.
 */
public final class Metadata implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Metadata.class);
    private static final long RETRY_MILLIS = 500;
    private static final long ENSEMBLE_MILLIS = 1_000;
    private static final Duration SESSION_REPORTS = Duration.ofMillis(500);
    /** ZooKeeper looks once a minute; nobody counts on a container that is empty for this long. */
    private static final Duration CONTAINER_CLEANUP = Duration.ofSeconds(5);

    private final MetadataSeams seams;
    private final ClusterView view;
    private final CommandSubmitter submitter;
    private final TreeWriter writer;
    private final Bootstrap bootstrap;
    private final TopicWrites topicWrites;
    private final TopicChanges topicChanges;
    private final ProducerIds producerIds;
    private final GroupNames groupNames;
    private final MetadataStateMachine machine;
    private final LeaderPublisher publisher;
    private final BrokerSession session;
    private final SessionExpiry expiry;
    private final ContainerCleanup containers;
    private final LocalTree tree;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private volatile boolean isClosed;

    private Metadata(MetadataSettings settings, MetadataStateMachine machine, MetadataSeams seams) {
        this.seams = seams;
        this.view = machine.view();
        JoinDelay delay = new JoinDelay(System::nanoTime, (nanos, task) -> {
            var unused = seams.scheduler().schedule(task, nanos, TimeUnit.NANOSECONDS);
        });
        CommandStream stream =
                new CommandStream(settings.broker().id(), seams.log(), machine, seams.clock(), seams.random(), delay);
        this.submitter = new CommandSubmitter(stream, seams.log(), seams.scheduler());
        TreeWriter writer = new TreeWriter(submitter);
        String newClusterId = KafkaUuid.format(KafkaUuid.random(seams.random()));
        this.bootstrap = new Bootstrap(
                machine,
                submitter,
                writer,
                newClusterId,
                settings.broker().id(),
                settings.nodeName(),
                () -> EnsembleText.of(seams.nodes().get()));
        this.writer = writer;
        Supplier<SortedSet<Integer>> nodes =
                () -> new TreeSet<>(seams.nodes().get().keySet());
        TopicRules rules = new TopicRules(nodes);
        Placement placement = new Placement(nodes, seams.random());
        this.topicWrites = new TopicWrites(settings, machine, writer, submitter, rules, placement, seams.random());
        this.topicChanges = new TopicChanges(machine, writer, submitter, rules, placement);
        this.machine = machine;
        this.groupNames = new GroupNames(machine, writer);
        this.producerIds = new ProducerIds(settings.broker().id(), machine, writer);
        this.publisher = new LeaderPublisher(machine, writer, seams.scheduler());
        this.session = new BrokerSession(settings, seams, machine, submitter, writer);
        this.expiry = new SessionExpiry(
                machine, submitter, seams.scheduler(), settings.session().expiryInterval());
        this.tree = new LocalTree(
                machine,
                stream,
                new SessionReports(seams.log(), machine, seams.scheduler(), System::nanoTime, SESSION_REPORTS));
        this.containers = new ContainerCleanup(tree, machine::isLeader);
    }

    /**
     * Begins to take part and returns at once: makes what every cluster has, registers the broker and keeps it registered,
     * trying for as long as there is no leader. See {@link #started}.
     *
     * @param machine of this node's member of the metadata group, which has to run already or be started; serves one
     *     {@code Metadata} only
     */
    public static Metadata start(MetadataSettings settings, MetadataStateMachine machine, MetadataSeams seams) {
        Metadata metadata = new Metadata(settings, machine, seams);
        metadata.expiry.start();
        metadata.containers.start(seams.scheduler(), CONTAINER_CLEANUP);
        metadata.bootUntilDone();
        return metadata;
    }

    private void bootUntilDone() {
        if (isClosed) {
            return;
        }
        var unused = bootstrap.run().whenComplete((done, failure) -> {
            if (failure == null) {
                onBooted();
            } else {
                onBootFailed(failure);
            }
        });
    }

    private void onBooted() {
        publisher.open();
        describeNodesOnInterval();
        var unused = session.start().whenComplete((done, failure) -> {
            if (failure == null) {
                started.complete(null);
            }
        });
    }

    private void describeNodesOnInterval() {
        try {
            var unused = seams.scheduler()
                    .scheduleWithFixedDelay(
                            this::describeNodes, ENSEMBLE_MILLIS, ENSEMBLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops");
        }
    }

    private void describeNodes() {
        if (machine.isLeader() && !isClosed) {
            var unused = bootstrap.describeNodes().exceptionally(failure -> {
                LOG.atInfo().addKeyValue("reason", failure).log("the nodes could not be described; tried again");
                return false;
            });
        }
    }

    private void onBootFailed(Throwable failure) {
        LOG.atInfo()
                .addKeyValue("reason", CommandSubmitter.unwrapped(failure))
                .log("the metadata group cannot be used yet; the broker goes on trying");
        try {
            var unused = seams.scheduler().schedule(this::bootUntilDone, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            started.completeExceptionally(e);
        }
    }

    /**
     * The end of the start.
     *
     * @return completes when this node had caught up with the group, the cluster has its id and the broker is registered;
     *     fails with {@link CancellationException} when closed before. While there is no leader it waits.
     */
    public CompletableFuture<Void> started() {
        return started.copy();
    }

    /**
     * The cluster's id, 22 characters.
     *
     * @throws IllegalStateException before {@link #started} completes
     */
    public String clusterId() {
        return view.clusterId().orElseThrow(() -> new IllegalStateException("the cluster has no id yet"));
    }

    /** The live brokers, sorted by id. */
    public Collection<BrokerRegistration> brokers() {
        return view.brokers();
    }

    /** All topics, in no order, as they are at one moment or another during the call. */
    public Collection<Topic> topics() {
        return view.topics();
    }

    public Optional<Topic> topic(String name) {
        return view.topic(name);
    }

    public Optional<Topic> topic(UUID id) {
        return view.topic(id);
    }

    /** The partition's leader as it last published itself; empty when there is no such partition or it had none yet. */
    public Optional<PublishedLeader> publishedLeader(UUID topicId, int partition) {
        return view.publishedLeader(topicId, partition);
    }

    /** Node id of the metadata group's leader as known here. */
    public OptionalInt controllerId() {
        return seams.leader().get();
    }

    /** Ids of the cluster's nodes, up or not, with their Raft endpoints. */
    public SortedMap<Integer, RaftAddress> nodes() {
        return seams.nodes().get();
    }

    /**
     * Whether a topic is older than what a node has on its disk: its partitions were there before, elsewhere or on the disk that the
     * node had then.
     */
    public boolean predates(Topic topic, int node) {
        ZnodeTree now = machine.tree();
        Optional<Long> joined =
                now.get(ClusterZnodes.node(node)).map(znode -> znode.stat().mzxid());
        return joined.isPresent()
                && now.get(TopicZnodes.topicPath(topic.name()))
                        .filter(znode -> znode.stat().czxid() < joined.get())
                        .isPresent();
    }

    /**
     * Forgets under which name a node took part, so that another disk may take its place. Does nothing when it is not known.
     *
     * @return completes when this is committed and applied here
     */
    public CompletableFuture<Void> forgetNode(int id) {
        String path = ClusterZnodes.node(id);
        return submitter
                .sync()
                .thenCompose(synced -> writer.write(() -> machine.tree().exists(path)
                        ? new Decision.Propose<>(new Delete(path, ZnodeCommand.ANY_VERSION), true)
                        : new Decision.Done<>(true)))
                .thenApply(done -> null);
    }

    /**
     * Creates a topic and chooses the nodes of its replicas.
     *
     * @param partitions -1 for the cluster's default
     * @param replicationFactor -1 for the cluster's default
     * @param configs not checked here
     * @param validateOnly checks and changes nothing; the topic in the outcome is then what might have been
     * @return never {@link TopicOutcome.Unknown}
     */
    public CompletableFuture<TopicOutcome> createTopic(
            String name, int partitions, int replicationFactor, Map<String, String> configs, boolean validateOnly) {
        return caught(() -> topicWrites.create(name, partitions, replicationFactor, configs, validateOnly));
    }

    /** As {@link #createTopic} with the replicas of every partition given by the caller; the first is the preferred leader. */
    public CompletableFuture<TopicOutcome> createTopicWithAssignment(
            String name, List<List<Integer>> replicas, Map<String, String> configs, boolean validateOnly) {
        return caught(() -> topicWrites.createWithAssignment(name, replicas, configs, validateOnly));
    }

    /**
     * Adds partitions to a topic; those that are there stay as they are.
     *
     * @param partitions how many it has afterwards: more than now
     * @param added replicas of each new partition, by its number, the first preferred as leader; empty: they are chosen here
     * @param validateOnly as {@link #createTopic}
     * @return done, with the topic as it is then, unknown or invalid
     */
    public CompletableFuture<TopicOutcome> addPartitions(
            String name, int partitions, List<List<Integer>> added, boolean validateOnly) {
        return caught(() -> topicChanges.addPartitions(name, partitions, added, validateOnly));
    }

    /**
     * Changes a topic's configs.
     *
     * @param edit decides on the topic as it is; called again, on any thread, when it has changed meanwhile
     * @param validateOnly as {@link #createTopic}
     * @return done, with the topic as it is then, unknown or invalid
     */
    public CompletableFuture<TopicOutcome> changeConfigs(
            String name, Function<Topic, ConfigEdit> edit, boolean validateOnly) {
        return caught(() -> topicChanges.changeConfigs(name, edit, validateOnly));
    }

    /**
     * Has partitions of a topic moved to other nodes, or the moves that are under way undone (KIP-455): the leaders do it
     * afterwards, and say so with {@link #endMove}.
     *
     * @param targets node ids of the replicas that each partition is to have, the first preferred as leader; nothing: those that it
     *     had before the move that is under way
     * @param mayChangeFactor whether their number may be another one (KIP-860)
     * @return of each partition done, unknown or invalid
     */
    public CompletableFuture<Map<Integer, TopicOutcome>> move(
            String name, Map<Integer, Optional<List<Integer>>> targets, boolean mayChangeFactor) {
        return caught(() -> topicChanges.move(name, targets, mayChangeFactor));
    }

    /**
     * The replicas of a partition are on the nodes to which they were moved.
     *
     * @param replicas to which; when others are meant by now nothing is changed
     * @return done, with the topic as it is then, or unknown
     */
    public CompletableFuture<TopicOutcome> endMove(Topic topic, int partition, List<Integer> replicas) {
        return caught(() -> topicChanges.endMove(topic, partition, replicas));
    }

    /** Deletes a topic with its configs. The outcome is done, with the topic that was, or unknown. */
    public CompletableFuture<TopicOutcome> deleteTopic(String name) {
        return caught(() -> topicWrites.delete(name));
    }

    /** A producer id that no other producer has or had. */
    public CompletableFuture<Long> nextProducerId() {
        return caught(producerIds::next);
    }

    /** Number of the commands that this node has applied: a measure of age that all nodes share. */
    public long zxid() {
        return machine.tree().zxid();
    }

    /** The consumer groups that are named in the tree. */
    public Set<String> groupNames() {
        return groupNames.names();
    }

    /** Whether there is a znode of that group's name. */
    public boolean hasGroupName(String group) {
        return groupNames.contains(group);
    }

    /**
     * Names a group in the tree, if that is not done.
     *
     * @return whether it is named now: not every name can be a znode's
     */
    public CompletableFuture<Boolean> addGroupName(String group) {
        return caught(() -> groupNames.add(group));
    }

    /**
     * Takes a group's name out of the tree; a znode that clients have made something else of stays.
     *
     * @return whether it was there
     */
    public CompletableFuture<Boolean> removeGroupName(String group) {
        return caught(() -> groupNames.remove(group));
    }

    /**
     * Publishes a partition's leader, soon: leaders are written in batches, the newest of a partition only, and tried again
     * until they are written, replaced by a newer one, or their topic is gone. A leader never replaces one of a later epoch.
     */
    public void publishLeader(UUID topicId, int partition, PublishedLeader leader) {
        publisher.publish(topicId, partition, leader);
    }

    /** Completes when this node has applied everything that was committed when it was called. */
    public CompletableFuture<Void> sync() {
        return caught(submitter::sync);
    }

    /** The tree itself, for whoever serves it to clients. */
    public ReplicatedTree replicatedTree() {
        return tree;
    }

    /** Tells the listener of all changes that become visible here from now on. */
    public void addListener(MetadataListener listener) {
        view.addListener(listener);
    }

    private static <T> CompletableFuture<T> caught(Supplier<CompletableFuture<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Ends the session in order, waiting at most two seconds, and stops all that was scheduled. Not to be called on the
     * scheduler; the scheduler and the group must still run.
     */
    @Override
    public void close() {
        isClosed = true;
        expiry.close();
        containers.close();
        publisher.close();
        session.close();
        started.completeExceptionally(new CancellationException("closed before the start was done"));
    }
}
