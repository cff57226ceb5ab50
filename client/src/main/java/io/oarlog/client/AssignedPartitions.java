package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The polling thread's half of a consumer: the partitions that are read, how far, and what was fetched of them. Confined
 * to that thread, which {@link Fetcher} serves through a queue, but for {@link #wake}.
 */
final class AssignedPartitions {
    /** The position of a partition that was neither sought nor begun. */
    static final long UNSET = -1;

    /** How long an error that was thrown is left alone before the partition is fetched again. */
    private static final Duration AFTER_ERROR = Duration.ofMillis(100);

    /** Finds where to begin. */
    @FunctionalInterface
    interface Beginnings {
        /** Completes with an offset for each, or fails with an {@link OarlogException}, wrapped or not. */
        CompletableFuture<Map<TopicPartition, Long>> find(Set<TopicPartition> partitions);
    }

    /** One of them; the run tells what was fetched before a seek from what was fetched after. */
    private static final class Assigned {
        private long run;
        private long position = UNSET;
        private boolean isPaused;
        /** The search for its beginning, which counts only for those that it was made for. */
        private long search;
    }

    private final ClientCore core;
    private final BlockingQueue<FetchEvent> events = new LinkedBlockingQueue<>();
    private final Fetcher fetcher;
    private final Map<TopicPartition, Assigned> assigned = new LinkedHashMap<>();
    private final BufferSupplier decompressionBuffers = BufferSupplier.create();
    private long lastRun;
    private long lastSearch;
    private boolean searchIsUnderWay;
    private boolean anyIsUnset;
    /** What is being read. */
    private @Nullable BatchReader reader;
    /** An event that was taken when there already was something to return. */
    private FetchEvent.@Nullable Failed heldBack;

    AssignedPartitions(ClientCore core, ConsumerSettings settings) {
        this.core = core;
        this.fetcher = new Fetcher(core, settings, events);
    }

    Set<TopicPartition> all() {
        return Set.copyOf(assigned.keySet());
    }

    /** These and no others. Those that were there before keep their positions. */
    void assign(Set<TopicPartition> wanted) {
        for (TopicPartition partition : all()) {
            if (!wanted.contains(partition)) {
                assigned.remove(partition);
                dropReaderOf(partition);
                core.loop().execute(() -> fetcher.stop(partition));
            }
        }
        wanted.forEach(partition -> assigned.computeIfAbsent(partition, p -> new Assigned()));
        anyIsUnset = true;
    }

    /** The offset of the next record to be returned, or {@link #UNSET}. */
    long position(TopicPartition partition) {
        return state(partition).position;
    }

    /** Of those that have one. */
    Map<TopicPartition, Long> positions() {
        Map<TopicPartition, Long> positions = new HashMap<>();
        assigned.forEach((partition, state) -> positions.put(partition, state.position));
        positions.values().removeIf(position -> position == UNSET);
        return positions;
    }

    void seek(TopicPartition partition, long offset) {
        begin(partition, state(partition), offset, Duration.ZERO);
    }

    /** @throws IllegalStateException when one is not assigned */
    void require(Set<TopicPartition> partitions) {
        partitions.forEach(this::state);
    }

    private Assigned state(TopicPartition partition) {
        Assigned state = assigned.get(requireNonNull(partition, "partition"));
        if (state == null) {
            throw new IllegalStateException(partition + " is not assigned");
        }
        return state;
    }

    private void begin(TopicPartition partition, Assigned state, long offset, Duration delay) {
        dropReaderOf(partition);
        state.position = offset;
        state.run = ++lastRun;
        long run = state.run;
        if (!state.isPaused) {
            core.loop().execute(() -> fetcher.start(partition, run, offset, delay.toNanos()));
        }
    }

    /** Reads no more of it until {@link #resume}; what was fetched is dropped, its position stays. */
    void pause(TopicPartition partition) {
        Assigned state = state(partition);
        if (!state.isPaused) {
            state.isPaused = true;
            state.run = ++lastRun;
            dropReaderOf(partition);
            core.loop().execute(() -> fetcher.stop(partition));
        }
    }

    void resume(TopicPartition partition) {
        Assigned state = state(partition);
        if (state.isPaused) {
            state.isPaused = false;
            anyIsUnset = true;
            if (state.position != UNSET) {
                begin(partition, state, state.position, Duration.ZERO);
            }
        }
    }

    Set<TopicPartition> paused() {
        Set<TopicPartition> paused = new HashSet<>();
        assigned.forEach((partition, state) -> {
            if (state.isPaused) {
                paused.add(partition);
            }
        });
        return paused;
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

    /** Ends the wait of {@link #read}. May be called by any thread. */
    void wake() {
        events.add(new FetchEvent.Woken());
    }

    /**
     * Returns records as soon as there are any; none when there were none until the deadline, when it was woken, or
     * interrupted. Throws as {@link Consumer#poll} does.
     *
     * @param limit how many at most
     */
    List<ConsumedRecord> read(int limit, long deadlineNanos, Beginnings beginnings) {
        beginUnset(beginnings);
        List<ConsumedRecord> records = new ArrayList<>();
        while (records.size() < limit) {
            BatchReader current = reader;
            if (current != null) {
                read(current, limit, records);
                continue;
            }
            FetchEvent event =
                    next(records.isEmpty() ? deadlineNanos - core.loop().nowNanos() : 0);
            if (event == null || event instanceof FetchEvent.Woken) {
                break;
            }
            if (event instanceof FetchEvent.Failed failed && !records.isEmpty()) {
                heldBack = failed;
                break;
            }
            on(event, beginnings);
        }
        return records;
    }

    private void beginUnset(Beginnings beginnings) {
        if (searchIsUnderWay || !anyIsUnset) {
            return;
        }
        Set<TopicPartition> unset = new HashSet<>();
        assigned.forEach((partition, state) -> {
            if (state.position == UNSET && !state.isPaused) {
                unset.add(partition);
            }
        });
        anyIsUnset = !unset.isEmpty();
        if (!anyIsUnset) {
            return;
        }
        searchIsUnderWay = true;
        long search = ++lastSearch;
        unset.forEach(partition -> state(partition).search = search);
        var unused = beginnings
                .find(unset)
                .whenComplete((found, failure) -> events.add(
                        failure == null
                                ? new FetchEvent.Started(search, found)
                                : new FetchEvent.NotStarted((OarlogException) AnyBroker.unwrapped(failure))));
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

    private void on(FetchEvent event, Beginnings beginnings) {
        if (event instanceof FetchEvent.Fetched fetched) {
            onFetched(fetched);
        } else if (event instanceof FetchEvent.Failed failed) {
            Assigned state = assigned.get(failed.partition());
            if (state != null && state.run == failed.run()) {
                begin(failed.partition(), state, state.position, AFTER_ERROR);
                throw exception(failed, state.position);
            }
        } else if (event instanceof FetchEvent.Started started) {
            searchIsUnderWay = false;
            started.positions().forEach((partition, position) -> {
                Assigned state = assigned.get(partition);
                if (state != null && state.position == UNSET && state.search == started.search()) {
                    begin(partition, state, position, Duration.ZERO);
                }
            });
            beginUnset(beginnings);
        } else if (event instanceof FetchEvent.NotStarted notStarted) {
            searchIsUnderWay = false;
            throw notStarted.failure();
        } else {
            throw new AssertionError(event);
        }
    }

    private void onFetched(FetchEvent.Fetched fetched) {
        Assigned state = assigned.get(fetched.partition());
        BatchReader fresh = new BatchReader(
                fetched.partition(),
                fetched.run(),
                fetched.records(),
                state == null ? UNSET : state.position,
                decompressionBuffers);
        if (state != null && state.run == fetched.run()) {
            reader = fresh;
        } else {
            finishReader(fresh);
        }
    }

    private static OarlogException exception(FetchEvent.Failed failed, long position) {
        TopicPartition partition = failed.partition();
        WireError error = failed.error();
        return switch (error) {
            case OFFSET_OUT_OF_RANGE -> new OffsetOutOfRangeException(partition, position);
            case CORRUPT_MESSAGE -> new CorruptRecordException(partition, position, error.exception());
            default -> new InvalidRequestException(partition + " cannot be read: " + error.message());
        };
    }

    private void read(BatchReader current, int limit, List<ConsumedRecord> records) {
        Assigned state = state(current.partition());
        boolean isEmpty = records.isEmpty();
        try {
            if (current.read(limit, records)) {
                finishReader(current);
            }
        } catch (CorruptRecordException | MissingCodecException e) {
            state.position = current.position();
            begin(current.partition(), state, state.position, AFTER_ERROR);
            if (isEmpty && records.isEmpty()) {
                throw e;
            }
            // What was read before it is returned first; the batch is fetched and fails again.
            return;
        }
        state.position = current.position();
    }

    void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
        decompressionBuffers.close();
        core.loop().execute(fetcher::close);
    }
}
