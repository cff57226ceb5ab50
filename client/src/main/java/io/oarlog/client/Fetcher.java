package io.oarlog.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's half of a consumer: fetches ahead of the caller, from the leaders. Confined to the event loop.
 *
 * <p>The caller takes what was fetched from a queue and says when it has read it ({@link #onRead}). So much is fetched
 * ahead: two answers for each partition, and no more once all together hold twice {@link ConsumerSettings#maxBytes}.
 */
final class Fetcher {
    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

    private final ClientCore core;
    private final ConsumerSettings settings;
    private final BlockingQueue<FetchEvent> events;
    /** In the order in which they were served, the longest waiting first. */
    private final Map<TopicPartition, FetchedPartition> partitions = new LinkedHashMap<>();

    private final Map<Integer, FetchLane> lanes = new HashMap<>();
    private final Alarm alarm;
    private long unreadBytes;
    private boolean pumpIsScheduled;
    private boolean closed;

    /** @param events unbounded; this keeps to the bounds above */
    Fetcher(ClientCore core, ConsumerSettings settings, BlockingQueue<FetchEvent> events) {
        this.core = core;
        this.settings = settings;
        this.events = events;
        this.alarm = new Alarm(core.loop(), this::pump);
        core.cluster().onChange(this::onClusterChange);
    }

    /**
     * Fetches the partition from an offset on, as a new run.
     *
     * @param delayNanos how long to wait before
     */
    void start(TopicPartition partition, long run, long offset, long delayNanos) {
        core.cluster().want(partition.topic());
        partitions.remove(partition);
        long notBefore = core.loop().nowNanos() + delayNanos;
        partitions.put(partition, new FetchedPartition(partition, run, offset, notBefore));
        schedulePump();
    }

    void stop(TopicPartition partition) {
        partitions.remove(partition);
    }

    /** The caller is done with something of the queue. */
    void onRead(TopicPartition partition, long run, int bytes) {
        unreadBytes -= bytes;
        FetchedPartition fetched = partitions.get(partition);
        if (fetched != null && fetched.run() == run) {
            fetched.onRead();
        }
        schedulePump();
    }

    void schedulePump() {
        if (!pumpIsScheduled) {
            pumpIsScheduled = true;
            core.loop().execute(this::pump);
        }
    }

    private void onClusterChange() {
        List.copyOf(lanes.values()).forEach(FetchLane::onClusterChange);
        schedulePump();
    }

    private void pump() {
        pumpIsScheduled = false;
        if (closed || unreadBytes >= 2L * settings.maxBytes()) {
            return;
        }
        long now = core.loop().nowNanos();
        Map<Integer, List<FetchedPartition>> byLeader = new HashMap<>();
        for (FetchedPartition fetched : partitions.values()) {
            PartitionLeader leader = core.cluster().leader(fetched.partition());
            if (!fetched.isWanted()) {
                continue;
            }
            if (leader == null || !leader.exists()) {
                core.cluster().refresh();
                continue;
            }
            long wait = fetched.nanosToWait(leader, now);
            if (wait == 0) {
                byLeader.computeIfAbsent(leader.brokerId(), id -> new ArrayList<>())
                        .add(fetched);
            } else {
                alarm.within(wait);
                if (fetched.looksForLeader()) {
                    core.cluster().refresh();
                }
            }
        }
        byLeader.forEach(this::fetch);
    }

    private void fetch(int brokerId, List<FetchedPartition> wanted) {
        FetchLane lane = lanes.computeIfAbsent(brokerId, id -> new FetchLane(id, core, settings, this));
        if (!lane.isBusy()) {
            // Whoever is served now comes last the next time: an answer may have room for the first ones only.
            wanted.forEach(fetched -> {
                partitions.remove(fetched.partition());
                partitions.put(fetched.partition(), fetched);
            });
            lane.fetch(wanted);
        }
    }

    private boolean isCurrent(FetchedPartition fetched) {
        return partitions.get(fetched.partition()) == fetched;
    }

    /** The broker answered for the partition. */
    void onAnswer(FetchedPartition fetched, PartitionData answer) {
        if (!isCurrent(fetched)) {
            return;
        }
        WireError error = WireError.forCode(answer.errorCode());
        switch (error) {
            case NONE -> onRecords(fetched, (MemoryRecords) answer.records());
            case OFFSET_OUT_OF_RANGE,
                    CORRUPT_MESSAGE,
                    TOPIC_AUTHORIZATION_FAILED,
                    INVALID_TOPIC_EXCEPTION,
                    INVALID_REQUEST,
                    UNSUPPORTED_COMPRESSION_TYPE -> fail(fetched, error);
            default -> {
                LOG.atDebug()
                        .addKeyValue("partition", fetched.partition())
                        .addKeyValue("error", error)
                        .log("fetch was refused");
                onUnanswered(fetched);
            }
        }
    }

    private void onRecords(FetchedPartition fetched, @Nullable MemoryRecords records) {
        if (records == null || records.sizeInBytes() == 0) {
            fetched.onNothingNew();
            return;
        }
        long end = endOffsetExclusive(records);
        if (end <= fetched.nextOffset()) {
            // Not one whole batch that goes on from where we are.
            fail(fetched, WireError.CORRUPT_MESSAGE);
            return;
        }
        fetched.onFetched(end);
        unreadBytes += records.sizeInBytes();
        events.add(new FetchEvent.Fetched(fetched.partition(), fetched.run(), records));
    }

    /**
     * By the headers only, as far as they make sense: the caller checks the batches before it believes them, and begins a
     * new run if one is bad.
     */
    private static long endOffsetExclusive(MemoryRecords records) {
        long end = -1;
        try {
            for (RecordBatch batch : records.batches()) {
                end = batch.lastOffset() + 1;
            }
        } catch (KafkaException e) {
            LOG.atDebug().setCause(e).log("a fetched batch has a bad header");
        }
        return end;
    }

    private void fail(FetchedPartition fetched, WireError error) {
        fetched.end();
        events.add(new FetchEvent.Failed(fetched.partition(), fetched.run(), error));
    }

    /** There was no answer, or one that says to try again. */
    void onUnanswered(FetchedPartition fetched) {
        if (isCurrent(fetched)) {
            PartitionLeader leader = core.cluster().leader(fetched.partition());
            fetched.onFailure(leader, core.loop().nowNanos(), core.retries());
            core.cluster().refresh();
        }
    }

    void close() {
        closed = true;
        alarm.cancel();
        partitions.clear();
        lanes.values().forEach(FetchLane::close);
    }
}
