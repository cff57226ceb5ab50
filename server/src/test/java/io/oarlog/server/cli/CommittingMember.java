package io.oarlog.server.cli;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.IntegerDeserializer;

/** A member of a group that commits what it has read after each poll, on a thread of its own, until it is closed. */
final class CommittingMember implements AutoCloseable {
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(30);

    private final KafkaConsumer<Integer, byte[]> consumer;
    /** Of all members of the group: the newest of each partition. */
    private final Map<TopicPartition, Long> acknowledged;

    private final Set<TopicPartition> owned = ConcurrentHashMap.newKeySet();
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final CompletableFuture<Void> running;

    /**
     * Starts at once.
     *
     * @param settings of the consumer, beside those that it needs
     * @param acknowledged shared by the members of the group, empty at first: what they have acknowledgements for
     */
    CommittingMember(
            String bootstrap,
            Map<String, Object> settings,
            String group,
            String topic,
            ConcurrentMap<TopicPartition, Long> acknowledged) {
        this.acknowledged = acknowledged;
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        this.consumer = new KafkaConsumer<>(all, new IntegerDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic), new Ownership());
        this.running = CompletableFuture.runAsync(this::run, task -> new Thread(task, "member of " + group).start());
    }

    private void run() {
        try {
            while (!stopped.get()) {
                if (!consumer.poll(Duration.ofMillis(100)).isEmpty()) {
                    commit();
                }
            }
        } catch (KafkaException e) {
            failure.compareAndSet(null, e.toString());
        } finally {
            consumer.close();
        }
    }

    private void commit() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            offsets.put(partition, new OffsetAndMetadata(consumer.position(partition)));
        }
        try {
            consumer.commitSync(offsets, COMMIT_LIMIT);
        } catch (CommitFailedException | RebalanceInProgressException | TimeoutException e) {
            return; // it may be stored or not; nothing was promised
        }
        offsets.forEach((partition, offset) -> acknowledged.merge(partition, offset.offset(), Math::max));
        commits.incrementAndGet();
    }

    Set<TopicPartition> owned() {
        return Set.copyOf(owned);
    }

    /** What went wrong, if anything did. */
    Optional<String> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Waits until each has committed that often again. */
    static void awaitCommits(Collection<CommittingMember> members, int more) {
        for (CommittingMember member : members) {
            int target = member.commits.get() + more;
            await().atMost(TestCluster.LIMIT)
                    .until(() ->
                            member.commits.get() >= target || member.failure().isPresent());
        }
    }

    @Override
    public void close() {
        stopped.set(true);
        running.join();
    }

    /** An offset that a member begins at must be what any member had an acknowledgement for, or more. */
    private final class Ownership implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                long position = consumer.position(partition);
                Long promised = acknowledged.get(partition);
                if (promised != null && position < promised) {
                    failure.compareAndSet(
                            null, partition + " begins at " + position + ", but " + promised + " was committed");
                }
            }
            owned.addAll(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            owned.removeAll(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            owned.removeAll(partitions);
        }
    }
}
