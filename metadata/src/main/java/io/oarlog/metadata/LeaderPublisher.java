package io.oarlog.metadata;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the leaders of partitions, and who is in sync with them, into the tree. Thread-safe. One write is under way at a time; what arrives meanwhile goes
 * into the next, the newest leader of each partition only. A write that fails is tried again with what is still wanted.
 */
final class LeaderPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderPublisher.class);
    /** Bounds the size of a command: at most about 700 bytes each, with the longest topic name. */
    private static final int MAX_BATCH = 1000;

    private static final long RETRY_MILLIS = 500;

    private final MetadataStateMachine machine;
    private final TreeWriter writer;
    private final ScheduledExecutorService scheduler;
    private final Object lock = new Object(); // guards the fields below
    private TreeMap<PartitionKey, PublishedLeader> wanted = new TreeMap<>();
    private boolean isOpen;
    private boolean isWriting;
    private volatile boolean isFailing; // set by one write at a time

    private record PartitionKey(UUID topicId, int partition) implements Comparable<PartitionKey> {
        private static final Comparator<PartitionKey> ORDER =
                Comparator.comparing(PartitionKey::topicId).thenComparingInt(PartitionKey::partition);

        @Override
        public int compareTo(PartitionKey other) {
            return ORDER.compare(this, other);
        }
    }

    LeaderPublisher(MetadataStateMachine machine, TreeWriter writer, ScheduledExecutorService scheduler) {
        this.machine = machine;
        this.writer = writer;
        this.scheduler = scheduler;
    }

    /** Begins to write. Before it what is published is kept: a tree that lags would take new topics for deleted ones. */
    void open() {
        synchronized (lock) {
            isOpen = true;
        }
        writeNext();
    }

    /** Ends the writing; what is still wanted is dropped. */
    void close() {
        synchronized (lock) {
            isOpen = false;
            wanted = new TreeMap<>();
        }
    }

    void publish(UUID topicId, int partition, PublishedLeader leader) {
        synchronized (lock) {
            wanted.merge(new PartitionKey(topicId, partition), leader, LeaderPublisher::newer);
        }
        writeNext();
    }

    private static PublishedLeader newer(PublishedLeader known, PublishedLeader other) {
        return other.leaderEpoch() >= known.leaderEpoch() ? other : known;
    }

    private void writeNext() {
        Map<PartitionKey, PublishedLeader> batch = new TreeMap<>();
        synchronized (lock) {
            if (!isOpen || isWriting || wanted.isEmpty()) {
                return;
            }
            while (batch.size() < MAX_BATCH && !wanted.isEmpty()) {
                var first = wanted.pollFirstEntry();
                batch.put(first.getKey(), first.getValue());
            }
            isWriting = true;
        }
        var unused = writer.write(() -> decide(batch)).whenComplete((done, failure) -> onWritten(batch, failure));
    }

    private void onWritten(Map<PartitionKey, PublishedLeader> batch, @Nullable Throwable failure) {
        if (failure == null) {
            isFailing = false;
            endWrite(Map.of());
            writeNext();
            return;
        }
        if (!isFailing) {
            LOG.atWarn()
                    .addKeyValue("partitions", batch.size())
                    .addKeyValue("reason", CommandSubmitter.unwrapped(failure))
                    .log("leaders could not be published; the broker goes on trying");
        }
        isFailing = true;
        endWrite(batch);
        try {
            var unused = scheduler.schedule(this::writeNext, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; leaders are published by others or after the restart");
        }
    }

    /** Puts back what was not written, except where something newer is wanted now. */
    private void endWrite(Map<PartitionKey, PublishedLeader> unwritten) {
        synchronized (lock) {
            isWriting = false;
            if (isOpen) {
                unwritten.forEach((key, leader) -> wanted.merge(key, leader, (now, old) -> newer(old, now)));
            }
        }
    }

    private Decision<Boolean> decide(Map<PartitionKey, PublishedLeader> batch) {
        List<Operation> operations = new ArrayList<>();
        Set<String> created = new HashSet<>();
        batch.forEach((key, leader) -> addOperations(key, leader, created, operations));
        return operations.isEmpty() ? new Decision.Done<>(true) : new Decision.Propose<>(new Multi(operations), true);
    }

    /**
     * What is missing to have the leader in the tree; nothing when the topic is gone or a leader as new is there.
     *
     * @param created paths that the operations create already
     */
    private void addOperations(
            PartitionKey key, PublishedLeader leader, Set<String> created, List<Operation> operations) {
        // The view before the tree: then the tree has the topic or has it no more.
        Optional<Topic> topic = machine.view().topic(key.topicId());
        OptionalLong czxid = machine.view().topicCzxid(key.topicId());
        ZnodeTree tree = machine.tree();
        if (topic.isEmpty() || czxid.isEmpty() || key.partition() >= topic.get().partitionCount()) {
            return;
        }
        String name = topic.get().name();
        String statePath = TopicZnodes.statePath(name, key.partition());
        Optional<Znode> state = tree.get(statePath);
        if (state.isPresent() && !isNewer(leader, state.get().data())) {
            return;
        }
        // Else an entry that arrives late could give a later topic of the same name a leader of this one.
        operations.add(new CheckSame(TopicZnodes.topicPath(name), czxid.getAsLong()));
        ZnodeData data = TopicZnodes.state(leader);
        if (state.isPresent()) {
            operations.add(new SetData(statePath, data, state.get().version()));
            return;
        }
        for (String parent :
                List.of(TopicZnodes.partitionsPath(name), TopicZnodes.partitionPath(name, key.partition()))) {
            if (!tree.exists(parent) && created.add(parent)) {
                operations.add(Create.persistent(parent, ZnodeData.EMPTY));
            }
        }
        operations.add(Create.persistent(statePath, data));
    }

    private static boolean isNewer(PublishedLeader leader, ZnodeData state) {
        try {
            PublishedLeader published = TopicZnodes.readState(state);
            return leader.leaderEpoch() > published.leaderEpoch()
                    || (leader.leaderEpoch() == published.leaderEpoch() && !leader.equals(published));
        } catch (MalformedZnodeException e) {
            return true; // whatever it was, a leader is better
        }
    }
}
