package io.oarlog.server.group;

import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which partitions of the offsets topic the coordinator serves here, kept in step with what this node leads. Thread-safe: all
 * changes are made on the thread for elections.
 *
 * <pre>
 * idle ----this node leads----> loading --served--> active
 *   ^                             |                   |
 *   +--abandoned, then resigned---+                   |
 *   +--another leader or epoch, or broken: resigned---+
 * </pre>
 *
 * <p>The coordinator is asked for one load of a partition at a time, and the next only when it is known what became of the
 * last: it does not tell them apart.
 */
final class CoordinatedPartitions implements LoadEvents {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatedPartitions.class);
    private static final long RELOAD_MILLIS = 1_000;

    private enum State {
        IDLE,
        LOADING,
        ACTIVE
    }

    /** Written by the thread for elections; the loader reads whether it is wanted. */
    private static final class Partition {
        private volatile State state = State.IDLE;
        private volatile boolean isWanted = true;
        private int leaderEpoch;
    }

    private final IntFunction<Optional<ReplicatedLog>> logs;
    private final GroupCoordinator coordinator;
    private final CoordinatorThreads threads;
    private final Map<Integer, Partition> partitions = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    /** @param logs of the offsets topic's partitions that are hosted here */
    CoordinatedPartitions(
            IntFunction<Optional<ReplicatedLog>> logs, GroupCoordinator coordinator, CoordinatorThreads threads) {
        this.logs = logs;
        this.coordinator = coordinator;
        this.threads = threads;
    }

    /** Whether the coordinator serves the partition's groups here. */
    boolean isActive(int partition) {
        Partition known = partitions.get(partition);
        return known != null && known.state == State.ACTIVE;
    }

    /** The partition's leader may have changed. */
    void onLeaderChange(int partition) {
        run(() -> bringIntoLine(partition));
    }

    @Override
    public boolean isWanted(TopicPartition partition) {
        return !isClosed && partition(partition.partition()).isWanted;
    }

    @Override
    public void onActive(TopicPartition partition) {
        run(() -> {
            Partition active = partition(partition.partition());
            if (active.state == State.LOADING) {
                active.state = State.ACTIVE;
                bringIntoLine(partition.partition());
            }
        });
    }

    @Override
    public void onAbandoned(TopicPartition partition) {
        run(() -> {
            Partition abandoned = partition(partition.partition());
            boolean isFailure = abandoned.isWanted;
            resign(partition.partition(), abandoned);
            if (isFailure) {
                later(partition.partition());
            } else {
                bringIntoLine(partition.partition());
            }
        });
    }

    @Override
    public void onBroken(TopicPartition partition, int leaderEpoch) {
        run(() -> {
            Partition broken = partition(partition.partition());
            if (broken.state == State.ACTIVE && broken.leaderEpoch == leaderEpoch) {
                resign(partition.partition(), broken);
                bringIntoLine(partition.partition());
            }
        });
    }

    private void run(Runnable change) {
        try {
            threads.elections().execute(() -> {
                if (!isClosed) {
                    change.run();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; its coordinator does so too");
        }
    }

    private void later(int partition) {
        try {
            var unused =
                    threads.timer().schedule(() -> onLeaderChange(partition), RELOAD_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the broker stops; its coordinator does so too");
        }
    }

    private Partition partition(int partition) {
        return partitions.computeIfAbsent(partition, p -> new Partition());
    }

    private void bringIntoLine(int number) {
        Partition partition = partition(number);
        Optional<PartitionLeader> leader = logs.apply(number).map(ReplicatedLog::leader);
        boolean leads = leader.isPresent() && leader.get().isLocal();
        int epoch = leader.map(PartitionLeader::leaderEpoch).orElse(-1);
        boolean isInLine = leads ? epoch == partition.leaderEpoch : partition.state == State.IDLE;
        if (partition.state == State.LOADING) {
            // It is reported when it has noticed, and then looked at again.
            partition.isWanted = isInLine;
            return;
        }
        if (partition.state == State.ACTIVE && !isInLine) {
            resign(number, partition);
        }
        if (partition.state == State.IDLE && leads) {
            partition.leaderEpoch = epoch;
            partition.isWanted = true;
            partition.state = State.LOADING;
            coordinator.onElection(number, epoch);
        }
    }

    private void resign(int number, Partition partition) {
        partition.state = State.IDLE;
        // Whatever its epoch: what is loaded is not to be served.
        coordinator.onResignation(number, OptionalInt.empty());
    }

    /** Changes nothing any more; the coordinator itself is closed by its owner. */
    void close() {
        isClosed = true;
    }
}
