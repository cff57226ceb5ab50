package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of partitions, in the order of their offsets by partition: of those that it is told to read ({@link
 * #assign}), or as a member of a group of those that the group gives it ({@link #subscribe}). For use by one thread at a
 * time; fetching and heartbeats go on in the background on a thread of its own.
 *
 * <p>A partition's position is the offset of the next record to be returned. It moves by {@link #poll} and by the seeks
 * only: neither a failover nor an error moves it. A partition that was not sought begins where its group has committed,
 * else where {@link ConsumerSettings#startAt} says.
 *
 * <p>Nothing is committed but by {@link #commitSync} and {@link #commitAsync}. Who commits after the records of a poll are
 * processed has each of them processed at least once, and once only while no member of the group fails.
 *
 * <pre>{@code
 * try (Consumer consumer = new Consumer(ConsumerSettings.defaults("broker-1:9092"))) {
 *     consumer.subscribe("billing", List.of("orders"));
 *     while (isRunning) {
 *         for (ConsumedRecord record : consumer.poll(Duration.ofSeconds(1))) {
 *             process(record);
 *         }
 *         consumer.commitSync();
 *     }
 * }
 * }</pre>
 */
public final class Consumer implements AutoCloseable {
    /** Far enough, and no sum of times overflows. */
    private static final Duration FOREVER = Duration.ofDays(3650);

    private final ConsumerSettings settings;
    private final ClientCore core;
    private final AssignedPartitions partitions;
    private final OffsetLookup lookup;
    private @Nullable Subscription subscription;
    private @Nullable RecordPublisher publisher;
    private boolean closed;

    /** Starts the consumer's thread. Connects to nobody before something is assigned or asked. */
    public Consumer(ConsumerSettings settings) {
        this(settings, ClientCore.start("oarlog-consumer", settings.bootstrap(), settings.requestTimeout()));
    }

    Consumer(ConsumerSettings settings, ClientCore core) {
        this.settings = settings;
        this.core = core;
        this.partitions = new AssignedPartitions(core, settings);
        this.lookup = new OffsetLookup(core);
    }

    /**
     * Reads these partitions and no others from now on. Those that were assigned before keep their positions.
     *
     * @throws IllegalStateException when subscribed: the group assigns the partitions
     */
    public void assign(Collection<TopicPartition> wanted) {
        requireOpen();
        if (subscription != null) {
            throw new IllegalStateException("the partitions of a member are assigned by its group");
        }
        partitions.assign(new HashSet<>(wanted));
    }

    /** As {@link #subscribe(String, Collection, AssignmentListener)}, without a listener. */
    public void subscribe(String group, Collection<String> topics) {
        subscribe(group, topics, AssignmentListener.NONE);
    }

    /**
     * Reads the partitions of these topics that the group gives this member (KIP-848: the broker assigns). Does not wait:
     * the consumer joins in the background and takes and gives back partitions within {@link #poll}, which must be called
     * again within {@link ConsumerSettings#maxPollInterval}. Who is in the group already reads these topics instead of
     * those before; the listener stays.
     *
     * @param listener is told of what comes and goes
     * @throws IllegalStateException when partitions were assigned by hand, or when in another group
     */
    public void subscribe(String group, Collection<String> topics, AssignmentListener listener) {
        requireOpen();
        requireNonNull(listener, "listener");
        Set<String> wanted = Set.copyOf(topics);
        if (group.isEmpty() || wanted.isEmpty()) {
            throw new IllegalArgumentException("the group's name is empty, or there are no topics");
        }
        Subscription joined = subscription;
        if (joined == null) {
            if (!partitions.all().isEmpty()) {
                throw new IllegalStateException("partitions were assigned by hand");
            }
            subscription = Subscription.start(core, settings, partitions, listener, group, wanted);
        } else if (joined.group().equals(group)) {
            joined.subscribe(wanted);
        } else {
            throw new IllegalStateException("a member of group '" + joined.group() + "' must leave that first");
        }
    }

    /**
     * Leaves the group: its partitions are given back, others may have them. Waits for the coordinator's word, for the
     * request timeout at most. Does nothing without a group.
     */
    public void unsubscribe() {
        requireOpen();
        leave();
    }

    private void leave() {
        Subscription joined = subscription;
        if (joined != null) {
            try {
                joined.leave(settings.requestTimeout());
            } finally {
                subscription = null;
            }
        }
    }

    /** The partitions that are read. */
    public Set<TopicPartition> assignment() {
        return partitions.all();
    }

    /**
     * Goes on at an offset, which need not exist (yet): what the log has from there on is returned.
     *
     * @throws IllegalStateException when the partition is not assigned
     */
    public void seek(TopicPartition partition, long offset) {
        requireOpen();
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
        partitions.seek(partition, offset);
    }

    /** Goes on at the first offset that each log holds now. Blocks and fails as {@link #beginningOffsets} does. */
    public void seekToBeginning(Collection<TopicPartition> wanted) {
        partitions.require(Set.copyOf(wanted));
        beginningOffsets(wanted).forEach(this::seek);
    }

    /** Goes on behind the last record that each log holds now. Blocks and fails as {@link #endOffsets} does. */
    public void seekToEnd(Collection<TopicPartition> wanted) {
        partitions.require(Set.copyOf(wanted));
        endOffsets(wanted).forEach(this::seek);
    }

    /**
     * Goes on at the first record of each log whose timestamp is not before the time; behind the last one where there is
     * none. Blocks and fails as {@link #offsetsForTimes} does.
     */
    public void seekToTime(Collection<TopicPartition> wanted, Instant time) {
        partitions.require(Set.copyOf(wanted));
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        wanted.forEach(partition -> timestamps.put(partition, time.toEpochMilli()));
        Map<TopicPartition, Long> offsets = endOffsets(wanted);
        offsetsForTimes(timestamps).forEach((partition, found) -> offsets.put(partition, found.offset()));
        offsets.forEach(this::seek);
    }

    /**
     * Returns no records of these partitions until {@link #resume}. Their positions stay, and so does their place in the
     * group; one that is given back and comes again is not paused.
     *
     * @throws IllegalStateException when one is not assigned
     */
    public void pause(Collection<TopicPartition> wanted) {
        requireOpen();
        partitions.require(Set.copyOf(wanted));
        wanted.forEach(partitions::pause);
    }

    /** Returns their records again, from their positions on. */
    public void resume(Collection<TopicPartition> wanted) {
        requireOpen();
        partitions.require(Set.copyOf(wanted));
        wanted.forEach(partitions::resume);
    }

    /** Those of the assigned partitions that are paused. */
    public Set<TopicPartition> paused() {
        return partitions.paused();
    }

    /**
     * How far the position of each assigned partition is behind the end of its log, in offsets; a partition without a
     * position yet is left out. Blocks and fails as {@link #endOffsets} does.
     */
    public Map<TopicPartition, Long> lag() {
        Map<TopicPartition, Long> positions = partitions.positions();
        Map<TopicPartition, Long> lag = new HashMap<>();
        endOffsets(positions.keySet())
                .forEach((partition, end) ->
                        lag.put(partition, Math.max(0, end - positions.getOrDefault(partition, end))));
        return lag;
    }

    /**
     * The offset of the next record to be returned. Blocks and fails as {@link #beginningOffsets} does, if the partition
     * was never sought nor read.
     *
     * @throws IllegalStateException when the partition is not assigned
     */
    public long position(TopicPartition partition) {
        requireOpen();
        if (partitions.position(partition) == AssignedPartitions.UNSET) {
            await(beginnings().find(Set.of(partition)), "asking for offsets").forEach(partitions::seek);
        }
        return partitions.position(partition);
    }

    private AssignedPartitions.Beginnings beginnings() {
        return subscription != null
                ? subscription.beginnings(lookup)
                : wanted -> lookup.beginnings(wanted, settings.startAt(), settings.operationTimeout());
    }

    /**
     * Returns records, {@link ConsumerSettings#maxPollRecords} at most, as soon as there are any; none when there were
     * none within the time. An interrupt ends the wait. A member of a group takes and gives back partitions here, before
     * it reads.
     *
     * @throws OffsetOutOfRangeException when a log does not hold the position: seek, then poll again
     * @throws CorruptRecordException when a batch is damaged; the position is in front of it
     * @throws MissingCodecException when the library that decompresses is not there
     * @throws InvalidRequestException when the broker refuses to let the partition be read, or to have such a member
     * @throws BrokerUnavailableException when the beginning of a partition without position cannot be found out
     * @throws UnknownTopicException when that is because the partition does not exist
     */
    public List<ConsumedRecord> poll(Duration timeout) {
        return poll(settings.maxPollRecords(), timeout);
    }

    /** The next record, or null when none came in time. */
    @Nullable
    ConsumedRecord pollOne(Duration timeout) {
        List<ConsumedRecord> one = poll(1, timeout);
        return one.isEmpty() ? null : one.get(0);
    }

    private List<ConsumedRecord> poll(int maxRecords, Duration timeout) {
        requireOpen();
        Duration limit = timeout.compareTo(FOREVER) < 0 ? timeout : FOREVER;
        long deadline = core.loop().nowNanos() + limit.toNanos();
        Subscription joined = subscription;
        if (joined == null) {
            return read(maxRecords, deadline);
        }
        joined.onPollBegin();
        try {
            return read(maxRecords, deadline);
        } finally {
            joined.onPollEnd();
        }
    }

    /** Does what else a poll does: takes and gives back partitions. */
    void keepUp() {
        Subscription joined = subscription;
        if (joined != null) {
            joined.onPollBegin();
            try {
                joined.reconcile();
            } finally {
                joined.onPollEnd();
            }
        }
    }

    /** As {@link #records(Duration)}, without an end but by an interrupt. */
    public Iterable<ConsumedRecord> records() {
        return records(FOREVER);
    }

    /**
     * A view of the records that polls as it is iterated, one record at a time. So the position is behind the record that
     * {@code next} returned, and what is committed is what was processed. Fails as {@link #poll} does.
     *
     * <pre>{@code
     * for (ConsumedRecord record : consumer.records(Duration.ofSeconds(10))) {
     *     process(record);
     *     consumer.commitAsync();
     * }
     * }</pre>
     *
     * @param idle the iteration ends when no record came for so long, or by an interrupt
     */
    public Iterable<ConsumedRecord> records(Duration idle) {
        return () -> new RecordIterator(this, idle);
    }

    /**
     * A view of the records for one subscriber, which gets as many as it asks for, on a thread of the view's own. That
     * thread is the one that uses the consumer from then on: only there, within {@code onNext}, may its methods be called,
     * the position being behind the record; but for {@link #close}, which may be called by any thread and ends the view
     * first. What {@link #poll} would throw goes to {@code onError} and ends it; there is no {@code onComplete}.
     */
    public Flow.Publisher<ConsumedRecord> publisher() {
        requireOpen();
        if (publisher != null) {
            throw new IllegalStateException("the consumer has a publisher already");
        }
        publisher = new RecordPublisher(this);
        return publisher;
    }

    private List<ConsumedRecord> read(int maxRecords, long deadlineNanos) {
        while (true) {
            if (subscription != null) {
                subscription.reconcile();
            }
            List<ConsumedRecord> records = partitions.read(maxRecords, deadlineNanos, beginnings());
            boolean isOver = deadlineNanos - core.loop().nowNanos() <= 0;
            if (!records.isEmpty() || isOver || Thread.currentThread().isInterrupted()) {
                return records;
            }
        }
    }

    /**
     * Commits what {@link #poll} has returned: the positions of all partitions that have one. On return they are durable
     * with the group. Blocks for the operation timeout at most, retries included.
     *
     * @throws MembershipLostException when the group has removed this member; what was processed since the last commit is
     *     processed again
     * @throws BrokerUnavailableException when nothing could be sent in time
     * @throws UnknownOutcomeException when it was sent and no answer came in time, or the wait was interrupted
     * @throws InvalidRequestException when the coordinator refuses
     * @throws IllegalStateException without a group
     */
    public void commitSync() {
        commitSync(partitions.positions());
    }

    /**
     * The same for given offsets: of the next record to be processed in each partition.
     *
     * @throws IllegalStateException when a partition is not assigned, or without a group
     */
    public void commitSync(Map<TopicPartition, Long> offsets) {
        if (core.loop().inLoop()) {
            throw new IllegalStateException("the consumer's own thread cannot wait for itself");
        }
        CompletableFuture<Void> committed = commitAsync(offsets);
        try {
            var unused = committed.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnknownOutcomeException("interrupted while committing", e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /**
     * As {@link #commitSync()}, without waiting. Commits are carried out in their order; a partition is given back when
     * those before have their outcome. What is attached to the future must not block.
     */
    public CompletableFuture<Void> commitAsync() {
        return commitAsync(partitions.positions());
    }

    /** The same for given offsets. */
    public CompletableFuture<Void> commitAsync(Map<TopicPartition, Long> offsets) {
        Subscription joined = requireSubscribed();
        partitions.require(offsets.keySet());
        offsets.forEach((partition, offset) -> {
            if (offset < 0) {
                throw new IllegalArgumentException("offset " + offset + " of " + partition + " is negative");
            }
        });
        return joined.commit(Map.copyOf(offsets));
    }

    /**
     * What the group has committed; partitions without are left out. Blocks for the operation timeout at most.
     *
     * @throws BrokerUnavailableException when the coordinator did not tell in time
     * @throws InvalidRequestException when it refuses
     * @throws IllegalStateException without a group
     */
    public Map<TopicPartition, Long> committed(Collection<TopicPartition> asked) {
        return await(requireSubscribed().committed(Set.copyOf(asked)), "asking for committed offsets");
    }

    private Subscription requireSubscribed() {
        requireOpen();
        if (subscription == null) {
            throw new IllegalStateException("the consumer is in no group");
        }
        return subscription;
    }

    /**
     * The first offset that each log holds; the end offset of an empty one. Blocks for the operation timeout at most.
     *
     * @throws BrokerUnavailableException when a leader did not tell in time
     * @throws UnknownTopicException when a partition does not exist
     */
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> asked) {
        return offsets(asked, OffsetLookup.EARLIEST);
    }

    /** The offset that the next record will get in each log: one more than the last. Blocks and fails likewise. */
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> asked) {
        return offsets(asked, OffsetLookup.LATEST);
    }

    private Map<TopicPartition, Long> offsets(Collection<TopicPartition> asked, long which) {
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        asked.forEach(partition -> timestamps.put(partition, which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        find(timestamps).forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /**
     * The first record of each log whose timestamp is not before the given one (ms since the epoch). A log without such
     * a record is left out. Blocks and fails as {@link #beginningOffsets} does.
     */
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> timestamps) {
        timestamps.forEach((partition, timestamp) -> {
            if (timestamp < 0) {
                throw new IllegalArgumentException("timestamp " + timestamp + " for " + partition + " is negative");
            }
        });
        Map<TopicPartition, OffsetAndTimestamp> found = find(timestamps);
        found.values().removeIf(answer -> answer.offset() == OffsetLookup.NOT_FOUND);
        return found;
    }

    private Map<TopicPartition, OffsetAndTimestamp> find(Map<TopicPartition, Long> timestamps) {
        requireOpen();
        return await(lookup.find(timestamps, settings.operationTimeout()), "asking for offsets");
    }

    private <T> T await(CompletableFuture<T> answer, String what) {
        if (core.loop().inLoop()) {
            throw new IllegalStateException("the consumer's own thread cannot wait for itself");
        }
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerUnavailableException("interrupted while " + what, e);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(ExecutionException wrapper) {
        Throwable cause = wrapper.getCause() == null ? wrapper : AnyBroker.unwrapped(wrapper.getCause());
        return cause instanceof OarlogException failure ? failure : new CompletionException(cause);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the consumer is closed");
        }
    }

    /**
     * Leaves the group as {@link #unsubscribe} does, then ends the connections and the thread; what was fetched and not
     * returned is dropped. Closing again does nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (publisher != null) {
            publisher.stop();
        }
        try {
            leave();
        } finally {
            closed = true;
            partitions.close();
            core.close();
        }
    }
}
