package io.oarlog.server.group;

import io.oarlog.log.Clock;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataListener;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.server.api.PartitionLogs;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the coordinator on this node as long as the offsets topic exists, and tells it of topics and leaderships. Thread-safe:
 * it begins and ends on the thread for elections.
 */
public final class CoordinatorHost implements MetadataListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorHost.class);

    /** What exists while the offsets topic does. */
    private record Life(
            UUID topicId, EmbeddedCoordinator embedded, CoordinatedPartitions partitions, MetadataImages images) {}

    private final int nodeId;
    private final Metadata metadata;
    private final PartitionLogs logs;
    private final GroupSettings settings;
    private final int maxBatchBytes;
    private final CoordinatorThreads threads;
    /** The coordinator has not heard of the newest topics. */
    private final AtomicBoolean isTopicsDue = new AtomicBoolean();

    private volatile @Nullable Life life;
    private boolean isClosed; // confined to the thread for elections

    /** @param maxBatchBytes largest batch that a partition takes */
    public CoordinatorHost(
            int nodeId,
            Metadata metadata,
            PartitionLogs logs,
            GroupSettings settings,
            int maxBatchBytes,
            CoordinatorThreads threads) {
        this.nodeId = nodeId;
        this.metadata = metadata;
        this.logs = logs;
        this.settings = settings;
        this.maxBatchBytes = maxBatchBytes;
        this.threads = threads;
    }

    /** To be called when this node has caught up with the metadata. */
    public void start() {
        metadata.addListener(this);
        run(this::bringIntoLine);
    }

    /** The coordinator of this node; empty while there is no offsets topic. */
    Optional<GroupCoordinator> coordinator() {
        return Optional.ofNullable(life).map(current -> current.embedded().service());
    }

    /** Whether this node coordinates the groups of a partition now. */
    boolean serves(int partition) {
        Life current = life;
        return current != null && current.partitions().isActive(partition);
    }

    /** A partition hosted here has another leader, epoch or readiness. Returns at once. */
    public void onLeaderChange(PartitionId partition) {
        Life current = life;
        if (current != null && partition.topicId().equals(current.topicId())) {
            current.partitions().onLeaderChange(partition.partition());
        }
    }

    @Override
    public void onTopicCreated(Topic topic) {
        onTopic(topic);
    }

    @Override
    public void onTopicChanged(Topic before, Topic now) {
        onTopic(now);
    }

    @Override
    public void onTopicDeleted(Topic topic) {
        onTopic(topic);
    }

    private void onTopic(Topic topic) {
        if (topic.name().equals(OffsetsTopic.NAME)) {
            run(this::bringIntoLine);
        } else if (life != null && !isTopicsDue.getAndSet(true)) {
            run(threads.topics(), this::tellTopics);
        }
    }

    private void run(Runnable change) {
        run(threads.elections(), change);
    }

    private static void run(java.util.concurrent.Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; its coordinator does so too");
        }
    }

    /** Begins or ends, as the offsets topic is there or not; another topic of the same name is another life. */
    private void bringIntoLine() {
        Optional<Topic> topic = metadata.topic(OffsetsTopic.NAME);
        Life current = life;
        if (current != null && !topic.map(Topic::id).equals(Optional.of(current.topicId()))) {
            end();
        }
        if (topic.isPresent() && life == null && !isClosed) {
            begin(topic.get());
        }
    }

    private void begin(Topic topic) {
        LifeEvents events = new LifeEvents();
        RaftPartitionWriter writer = new RaftPartitionWriter(maxBatchBytes, events);
        Function<TopicPartition, Optional<ReplicatedLog>> logOf =
                partition -> logs.log(topic.id(), partition.partition());
        ReplayLoader loader = new ReplayLoader(
                logOf, writer, new GroupCoordinatorRecordSerde(), events, threads.loads(), Clock.system());
        EmbeddedCoordinator embedded =
                new EmbeddedCoordinator(nodeId, settings, writer, loader, topic.partitionCount());
        CoordinatedPartitions partitions =
                new CoordinatedPartitions(partition -> logs.log(topic.id(), partition), embedded.service(), threads);
        events.target = partitions;
        Life begun = new Life(topic.id(), embedded, partitions, new MetadataImages());
        // Before a group is loaded: it would take every topic that it does not know for deleted.
        CompletableFuture.runAsync(() -> tellTopics(begun), threads.topics()).join();
        life = begun;
        tellTopicsSoon();
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            partitions.onLeaderChange(partition);
        }
        LOG.atInfo()
                .addKeyValue("node", nodeId)
                .addKeyValue("partitions", topic.partitionCount())
                .log("consumer groups are coordinated");
    }

    /** What changed before the life could be seen. */
    private void tellTopicsSoon() {
        if (!isTopicsDue.getAndSet(true)) {
            run(threads.topics(), this::tellTopics);
        }
    }

    private void tellTopics() {
        isTopicsDue.set(false);
        Life current = life;
        if (current != null) {
            tellTopics(current);
        }
    }

    private void tellTopics(Life current) {
        long zxid = metadata.zxid();
        Optional<MetadataImages.Change> change = current.images().advance(metadata.topics(), zxid);
        if (change.isPresent()) {
            try {
                current.embedded()
                        .service()
                        .onMetadataUpdate(change.get().delta(), change.get().image());
            } catch (ApiException e) {
                LOG.debug("the coordinator has ended meanwhile", e);
            }
        }
    }

    private void end() {
        Life ended = life;
        if (ended != null) {
            life = null;
            ended.partitions().close();
            ended.embedded().close();
        }
    }

    /** Ends the coordinator, waiting for its threads. Before the threads of the host and the partitions are closed. */
    @Override
    public void close() {
        try {
            CompletableFuture.runAsync(
                            () -> {
                                isClosed = true;
                                end();
                            },
                            threads.elections())
                    .join();
        } catch (RejectedExecutionException | CancellationException | CompletionException e) {
            LOG.atWarn().setCause(e).log("the group coordinator could not be stopped in order");
        }
    }

    /** Hands on to the partitions of one life, which are made after what tells of them. */
    private static final class LifeEvents implements LoadEvents {
        private volatile @Nullable CoordinatedPartitions target;

        private CoordinatedPartitions target() {
            CoordinatedPartitions current = target;
            if (current == null) {
                throw new IllegalStateException("nothing has been elected yet");
            }
            return current;
        }

        @Override
        public boolean isWanted(TopicPartition partition) {
            return target().isWanted(partition);
        }

        @Override
        public void onActive(TopicPartition partition) {
            target().onActive(partition);
        }

        @Override
        public void onAbandoned(TopicPartition partition) {
            target().onAbandoned(partition);
        }

        @Override
        public void onBroken(TopicPartition partition, int leaderEpoch) {
            target().onBroken(partition, leaderEpoch);
        }
    }
}
