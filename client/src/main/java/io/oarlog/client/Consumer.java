package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of the partitions that it is told to read, in the order of their offsets by partition. For use by one
 * thread at a time; the fetching goes on in the background on a thread of its own.
 *
 * <p>A partition's position is the offset of the next record to be returned. It moves by {@link #poll} and by the seeks
 * only: neither a failover nor an error moves it. A partition that was assigned and not sought begins at its log's
 * beginning. Nothing is committed: who wants to go on after a restart stores positions.
 */
public final class Consumer implements AutoCloseable {
    private static final long UNSET = -1;
    /** How long an error that was thrown is left alone before the partition is fetched again. */
    private static final Duration AFTER_ERROR = Duration.ofMillis(100);

    /** One assigned partition; the run tells what was fetched before a seek from what was fetched after. */
    private static final class Assigned {
        private long run;
        private long position = UNSET;
    }

    private final ConsumerSettings settings;
    private final ClientCore core;
    private final BlockingQueue<FetchEvent> events = new LinkedBlockingQueue<>();
    private final Fetcher fetcher;
    private final OffsetLookup lookup;
    private final Map<TopicPartition, Assigned> assigned = new LinkedHashMap<>();
    private final BufferSupplier decompressionBuffers = BufferSupplier.create();
    private long lastRun;
    private boolean startIsUnderWay;
    private boolean closed;
    /** What is being read. */
    private @Nullable BatchReader reader;
    /** An event that was taken when there already was something to return. */
    private FetchEvent.@Nullable Failed heldBack;

    /** Starts the consumer's thread. Connects to nobody before something is assigned or asked. */
    public Consumer(ConsumerSettings settings) {
        this(settings, ClientCore.start("oarlog-consumer", settings.bootstrap(), settings.requestTimeout()));
    }

    Consumer(ConsumerSettings settings, ClientCore core) {
        this.settings = settings;
        this.core = core;
        this.fetcher = new Fetcher(core, settings, events);
        this.lookup = new OffsetLookup(core);
    }

    /** Reads these partitions and no others from now on. Those that were assigned before keep their positions. */
    public void assign(Collection<TopicPartition> partitions) {
        requireOpen();
        Set<TopicPartition> wanted = new HashSet<>(partitions);
        for (TopicPartition partition : assignment()) {
            if (!wanted.contains(partition)) {
                assigned.remove(partition);
                dropReaderOf(partition);
                core.loop().execute(() -> fetcher.stop(partition));
            }
        }
        partitions.forEach(partition -> assigned.computeIfAbsent(partition, p -> new Assigned()));
    }

    /** The partitions that are read. */
    public Set<TopicPartition> assignment() {
        return Set.copyOf(assigned.keySet());
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
        begin(partition, requireAssigned(partition), offset, Duration.ZERO);
    }

    /** Goes on at the first offset that each log holds now. Blocks and fails as {@link #beginningOffsets} does. */
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        partitions.forEach(this::requireAssigned);
        beginningOffsets(partitions).forEach(this::seek);
    }

    /** Goes on behind the last record that each log holds now. Blocks and fails as {@link #endOffsets} does. */
    public void seekToEnd(Collection<TopicPartition> partitions) {
        partitions.forEach(this::requireAssigned);
        endOffsets(partitions).forEach(this::seek);
    }

    /**
     * The offset of the next record to be returned. Blocks and fails as {@link #beginningOffsets} does, if the partition
     * was never sought nor read.
     *
     * @throws IllegalStateException when the partition is not assigned
     */
    public long position(TopicPartition partition) {
        requireOpen();
        Assigned state = requireAssigned(partition);
        if (state.position == UNSET) {
            seekToBeginning(List.of(partition));
        }
        return state.position;
    }

    private void begin(TopicPartition partition, Assigned state, long offset, Duration delay) {
        dropReaderOf(partition);
        state.position = offset;
        state.run = ++lastRun;
        long run = state.run;
        core.loop().execute(() -> fetcher.start(partition, run, offset, delay.toNanos()));
    }

    private void dropReaderOf(TopicPartition partition) {
        if (reader != null && reader.partition().equals(partition)) {
            finishReader(reader);
        }
    }

    private void finishReader(BatchReader finished) {
        finished.close();
        reader = null;
        core.loop().execute(() -> fetcher.onRead(finished.partition(), finished.run(), finished.sizeInBytes()));
    }

    /**
     * Returns records, {@link ConsumerSettings#maxPollRecords} at most, as soon as there are any; none when there were
     * none within the time. An interrupt ends the wait.
     *
     * @throws OffsetOutOfRangeException when a log does not hold the position: seek, then poll again
     * @throws CorruptRecordException when a batch is damaged; the position is in front of it
     * @throws InvalidRequestException when the broker refuses to let the partition be read
     * @throws BrokerUnavailableException when the beginning of a partition without position cannot be found out
     * @throws UnknownTopicException when that is because the partition does not exist
     */
    public List<ConsumedRecord> poll(Duration timeout) {
        requireOpen();
        startUnset();
        long deadline = core.loop().nowNanos() + timeout.toNanos();
        List<ConsumedRecord> records = new ArrayList<>();
        while (records.size() < settings.maxPollRecords()) {
            BatchReader current = reader;
            if (current != null) {
                read(current, records);
                continue;
            }
            FetchEvent event = next(records.isEmpty() ? deadline - core.loop().nowNanos() : 0);
            if (event == null) {
                break;
            }
            if (event instanceof FetchEvent.Failed failed && !records.isEmpty()) {
                heldBack = failed;
                break;
            }
            on(event);
        }
        return records;
    }

    private void startUnset() {
        Map<TopicPartition, Long> unset = new HashMap<>();
        assigned.forEach((partition, state) -> {
            if (state.position == UNSET) {
                unset.put(partition, OffsetLookup.EARLIEST);
            }
        });
        if (!startIsUnderWay && !unset.isEmpty()) {
            startIsUnderWay = true;
            var unused = lookup.find(unset, settings.operationTimeout())
                    .whenComplete((found, failure) -> events.add(
                            failure == null
                                    ? new FetchEvent.Started(found)
                                    : new FetchEvent.NotStarted((OarlogException) failure)));
        }
    }

    private @Nullable FetchEvent next(long waitNanos) {
        FetchEvent.Failed first = heldBack;
        if (first != null) {
            heldBack = null;
            return first;
        }
        try {
            return events.poll(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void on(FetchEvent event) {
        if (event instanceof FetchEvent.Fetched fetched) {
            Assigned state = assigned.get(fetched.partition());
            boolean isCurrent = state != null && state.run == fetched.run();
            BatchReader fresh = new BatchReader(
                    fetched.partition(),
                    fetched.run(),
                    fetched.records(),
                    state == null ? UNSET : state.position,
                    decompressionBuffers);
            if (isCurrent) {
                reader = fresh;
            } else {
                finishReader(fresh);
            }
        } else if (event instanceof FetchEvent.Failed failed) {
            Assigned state = assigned.get(failed.partition());
            if (state != null && state.run == failed.run()) {
                begin(failed.partition(), state, state.position, AFTER_ERROR);
                throw exception(failed, state.position);
            }
        } else if (event instanceof FetchEvent.Started started) {
            startIsUnderWay = false;
            started.beginnings().forEach((partition, beginning) -> {
                Assigned state = assigned.get(partition);
                if (state != null && state.position == UNSET) {
                    begin(partition, state, beginning.offset(), Duration.ZERO);
                }
            });
        } else if (event instanceof FetchEvent.NotStarted notStarted) {
            startIsUnderWay = false;
            throw notStarted.failure();
        } else {
            throw new AssertionError(event);
        }
    }

    private static OarlogException exception(FetchEvent.Failed failed, long position) {
        TopicPartition partition = failed.partition();
        Errors error = failed.error();
        return switch (error) {
            case OFFSET_OUT_OF_RANGE -> new OffsetOutOfRangeException(partition, position);
            case CORRUPT_MESSAGE -> new CorruptRecordException(partition, position, error.exception());
            default -> new InvalidRequestException(partition + " cannot be read: " + error.message());
        };
    }

    private void read(BatchReader current, List<ConsumedRecord> records) {
        Assigned state = requireAssigned(current.partition());
        boolean isEmpty = records.isEmpty();
        try {
            if (current.read(settings.maxPollRecords(), records)) {
                finishReader(current);
            }
        } catch (CorruptRecordException e) {
            state.position = current.position();
            begin(current.partition(), state, state.position, AFTER_ERROR);
            if (isEmpty && records.isEmpty()) {
                throw e;
            }
            // What was read before it is returned first; the batch is fetched and found corrupt again.
            return;
        }
        state.position = current.position();
    }

    /**
     * The first offset that each log holds; the end offset of an empty one. Blocks for the operation timeout at most.
     *
     * @throws BrokerUnavailableException when a leader did not tell in time
     * @throws UnknownTopicException when a partition does not exist
     */
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetLookup.EARLIEST);
    }

    /** The offset that the next record will get in each log: one more than the last. Blocks and fails likewise. */
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetLookup.LATEST);
    }

    private Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, long which) {
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        find(asked).forEach((partition, found) -> offsets.put(partition, found.offset()));
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
        CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>> found =
                lookup.find(timestamps, settings.operationTimeout());
        try {
            return found.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerUnavailableException("interrupted while asking for offsets", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OarlogException failure) {
                throw failure;
            }
            throw new CompletionException(e.getCause());
        }
    }

    private Assigned requireAssigned(TopicPartition partition) {
        Assigned state = assigned.get(requireNonNull(partition, "partition"));
        if (state == null) {
            throw new IllegalStateException(partition + " is not assigned");
        }
        return state;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the consumer is closed");
        }
    }

    /** Ends the connections and the thread; what was fetched and not returned is dropped. Closing again does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (reader != null) {
            reader.close();
            reader = null;
        }
        decompressionBuffers.close();
        core.loop().execute(fetcher::close);
        core.close();
    }
}
