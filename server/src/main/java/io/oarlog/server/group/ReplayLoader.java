package io.oarlog.server.group;

import io.oarlog.log.Clock;
import io.oarlog.log.LogException;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the coordinator's state of a partition up from its log, all of it, when this node has come to lead it. Thread-safe;
 * reads on its executor.
 *
 * <p>A load that cannot or need not go on leaves its future as it is and is reported as abandoned: the coordinator would take
 * a late completion for that of the partition's next load.
 */
final class ReplayLoader implements CoordinatorLoader<CoordinatorRecord> {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayLoader.class);
    private static final int READ_BYTES = 1 << 20;
    /** The state between two of them takes memory; each takes time. */
    private static final long OFFSETS_BETWEEN_SNAPSHOTS = 16_384;

    private static final long RETRY_MILLIS = 10;

    private final Function<TopicPartition, Optional<ReplicatedLog>> logs;
    private final RaftPartitionWriter writer;
    private final Deserializer<CoordinatorRecord> deserializer;
    private final LoadEvents events;
    private final Executor executor;
    private final Clock clock;
    private volatile boolean isClosed;

    /** @param executor one thread: loads are done one after another */
    ReplayLoader(
            Function<TopicPartition, Optional<ReplicatedLog>> logs,
            RaftPartitionWriter writer,
            Deserializer<CoordinatorRecord> deserializer,
            LoadEvents events,
            Executor executor,
            Clock clock) {
        this.logs = logs;
        this.writer = writer;
        this.deserializer = deserializer;
        this.events = events;
        this.executor = executor;
        this.clock = clock;
    }

    @Override
    public CompletableFuture<LoadSummary> load(
            TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> coordinator) {
        Load load = new Load(partition, coordinator);
        load.goOn(executor);
        return load.summary;
    }

    /** What is under way is abandoned. */
    @Override
    public void close() {
        isClosed = true;
    }

    /** One load; confined to the executor once it runs. */
    private final class Load {
        private final TopicPartition partition;
        private final CoordinatorPlayback<CoordinatorRecord> coordinator;
        private final CompletableFuture<LoadSummary> summary = new CompletableFuture<>();
        private final long askedMillis = clock.currentTimeMillis();
        private long startMillis;
        private int leaderEpoch = -1;
        private long nextOffset = -1;
        private long snapshotOffset; // where the coordinator begins, and an empty log ends
        private long records;
        private long bytes;

        Load(TopicPartition partition, CoordinatorPlayback<CoordinatorRecord> coordinator) {
            this.partition = partition;
            this.coordinator = coordinator;
        }

        void goOn(Executor on) {
            try {
                on.execute(this::run);
            } catch (RejectedExecutionException e) {
                events.onAbandoned(partition); // the broker stops
            }
        }

        private void run() {
            try {
                Optional<ReplicatedLog> log = logs.apply(partition);
                if (isClosed
                        || !events.isWanted(partition)
                        || log.isEmpty()
                        || !isLed(log.get().leader())) {
                    events.onAbandoned(partition);
                } else if (isQuiet() && replay(log.get())) {
                    complete(log.get());
                }
            } catch (LogException | IllegalArgumentException e) {
                LOG.atWarn().addKeyValue("partition", partition).setCause(e).log("groups could not be read");
                events.onAbandoned(partition);
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("partition", partition).setCause(e).log("groups could not be loaded");
                events.onAbandoned(partition);
            }
        }

        private boolean isLed(PartitionLeader leader) {
            if (leaderEpoch < 0) {
                leaderEpoch = leader.leaderEpoch();
            }
            return leader.isLocal() && leader.leaderEpoch() == leaderEpoch;
        }

        /** Whether nothing of an earlier tenure can still get into the log; goes on by itself when that is so. */
        private boolean isQuiet() {
            CompletableFuture<Void> quiet = writer.end(partition);
            if (!quiet.isDone()) {
                var unused = quiet.thenRun(() -> goOn(executor));
                return false;
            }
            return true;
        }

        /** Replays what there is; returns whether that is the whole log, and goes on by itself when it is not. */
        private boolean replay(ReplicatedLog log) {
            if (nextOffset < 0) {
                startMillis = clock.currentTimeMillis();
                nextOffset = log.logStartOffset();
            }
            while (nextOffset < log.highWatermark()) {
                if (isClosed || !events.isWanted(partition)) {
                    goOn(executor); // to be abandoned
                    return false;
                }
                ByteBuffer read = log.read(nextOffset, READ_BYTES);
                bytes += read.remaining();
                for (RecordBatch batch : MemoryRecords.readableRecords(read).batches()) {
                    replay(batch);
                }
            }
            if (nextOffset < log.logEndOffset()) {
                // An append of an earlier tenure of this epoch that is still to be committed.
                goOn(CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS, executor));
                return false;
            }
            return true;
        }

        private void replay(RecordBatch batch) {
            if (!batch.isControlBatch()) {
                for (Record record : batch) {
                    if (record.offset() >= nextOffset) {
                        replay(batch, record);
                    }
                }
            }
            nextOffset = batch.nextOffset();
            if (nextOffset - snapshotOffset >= OFFSETS_BETWEEN_SNAPSHOTS) {
                takeSnapshot();
            }
        }

        private void replay(RecordBatch batch, Record record) {
            records++;
            CoordinatorRecord decoded;
            try {
                decoded = deserializer.deserialize(record.key(), record.value());
            } catch (Deserializer.UnknownRecordTypeException e) {
                LOG.atWarn()
                        .addKeyValue("partition", partition)
                        .addKeyValue("offset", record.offset())
                        .addKeyValue("type", e.unknownType())
                        .log("passed over a record of a type that is not known here: a newer version wrote it");
                return;
            }
            coordinator.replay(record.offset(), batch.producerId(), batch.producerEpoch(), decoded);
        }

        private void takeSnapshot() {
            coordinator.updateLastWrittenOffset(nextOffset);
            coordinator.updateLastCommittedOffset(nextOffset);
            snapshotOffset = nextOffset;
        }

        private void complete(ReplicatedLog log) {
            if (nextOffset > snapshotOffset) {
                takeSnapshot();
            }
            if (isClosed || !events.isWanted(partition) || !isLed(log.leader())) {
                events.onAbandoned(partition);
                return;
            }
            writer.begin(
                    partition, new Tenure(log, leaderEpoch, nextOffset, () -> events.onBroken(partition, leaderEpoch)));
            summary.complete(
                    new LoadSummary(startMillis, clock.currentTimeMillis(), startMillis - askedMillis, records, bytes));
        }
    }
}
