package io.oarlog.raft;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has partitions that applied some entries, and not enough of them, written to a snapshot all the same: after a kill -9 their
 * entries together are what a node of many partitions would apply again.
 */
final class SnapshotTimer {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotTimer.class);

    private final Supplier<Stream<RaftPartition>> partitions;

    SnapshotTimer(Supplier<Stream<RaftPartition>> partitions) {
        this.partitions = partitions;
    }

    void lookOnInterval(Duration interval, ScheduledExecutorService timer) {
        long nanos = interval.toNanos();
        var unused = timer.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        partitions.get().forEach(SnapshotTimer::look);
    }

    private static void look(RaftPartition partition) {
        try {
            partition.onSnapshotInterval();
        } catch (RuntimeException e) {
            // It is just being closed; or, when that lasts, a defect, which must not end this for the others.
            LOG.atDebug().addKeyValue("partition", partition.id()).setCause(e).log("no snapshot in its turn");
        }
    }
}
