package io.oarlog.server;

import io.oarlog.raft.PartitionId;
import io.oarlog.raft.ReplicatedLog;
import io.oarlog.raft.ScrubReport;
import io.oarlog.server.api.PartitionLogs;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at all records on this node's disk from time to time, slowly, one partition after another: a replica with damage is
 * repaired while there are others that are sound. Run by one thread, which it has to itself; closed by any.
 */
final class ScrubTask implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScrubTask.class);
    /** A node that has just started has other things to do; and what a clean stop left its start did not look at. */
    private static final Duration FIRST = Duration.ofSeconds(10);

    private final Supplier<Collection<PartitionId>> hosted;
    private final PartitionLogs logs;
    private final Duration interval;
    private final long bytesPerSecond;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param hosted the partitions on this node's disk
     * @param interval from the end of one round to the begin of the next
     * @param bytesPerSecond bound on what is read, on average
     */
    ScrubTask(Supplier<Collection<PartitionId>> hosted, PartitionLogs logs, Duration interval, long bytesPerSecond) {
        this.hosted = hosted;
        this.logs = logs;
        this.interval = interval;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Round after round, until it is closed. */
    @Override
    public void run() {
        boolean isWanted = await(interval.compareTo(FIRST) < 0 ? interval : FIRST);
        while (isWanted) {
            round();
            isWanted = await(interval);
        }
    }

    private void round() {
        long bytes = 0;
        int damaged = 0;
        for (PartitionId id : hosted.get()) {
            Optional<ReplicatedLog> log = logs.log(id.topicId(), id.partition());
            if (log.isPresent() && isOpen()) {
                Optional<ScrubReport> report = scrub(log.get());
                bytes += report.map(ScrubReport::bytes).orElse(0L);
                damaged += report.flatMap(ScrubReport::damage).isPresent() ? 1 : 0;
            }
        }
        LOG.atInfo()
                .addKeyValue("bytes", bytes)
                .addKeyValue("damaged", damaged)
                .log("looked at the records on the disk");
    }

    private Optional<ScrubReport> scrub(ReplicatedLog log) {
        try {
            return Optional.of(log.scrub(this::awaitBytes));
        } catch (IOException | RuntimeException e) {
            // Whatever comes of one, the others are looked at.
            LOG.atWarn()
                    .addKeyValue("partition", log.id())
                    .addKeyValue("reason", e)
                    .log("the records of a partition could not be looked at; tried again in the next round");
            return Optional.empty();
        }
    }

    private boolean awaitBytes(long bytes) {
        return await(Duration.ofNanos(TimeUnit.SECONDS.toNanos(bytes) / bytesPerSecond));
    }

    /** @return whether it goes on */
    private boolean await(Duration duration) {
        try {
            return !closed.await(duration.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isOpen() {
        return closed.getCount() > 0;
    }

    /** Ends it soon. */
    @Override
    public void close() {
        closed.countDown();
    }
}
