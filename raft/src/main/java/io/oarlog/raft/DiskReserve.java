package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a part of a node's disk free of records, for what must never find it full: Ratis does not go on with a group whose log
 * met a full disk before the group is restarted. Thread-safe.
 *
 * <pre>
 * left of the reserve   state   what is different
 * all of it             AMPLE
 * less than all         SHORT   this node refuses new records for partitions that it leads
 * less than a half      FULL    leaders elsewhere send this node one request at a time
 * less than a quarter           records that this node was sent wait before they are written: it falls behind
 * </pre>
 *
 * Each step gives room to the one before: what a leader had admitted when it began to refuse is stored by its followers, and
 * what leaders send before they hear of a full disk is stored too. The last quarter is for votes and terms, for metadata, for
 * index files, for the removal of partitions, for the request that a new leader needs to be stored, and for the 64 KiB by
 * which each group's Raft log grows in advance: with a thousand partitions on the node the reserve should be 256 MiB at least.
 *
 * <p>The disk is asked in intervals; in between the bytes written count, so that no producer is too fast for the interval. A
 * state is left an eighth above where it is entered.
 */
final class DiskReserve {
    private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

    private final Disk disk;
    private final Path directory;
    private final long reserveBytes;

    // Guarded by this; the state is also read without.
    private volatile DiskSpace space = DiskSpace.AMPLE;
    private long usableAtLook;
    private long doneAtLook;
    /** Bytes of all writes that have begun. */
    private long begun;
    /** Bytes of all writes that have ended, in whatever way. */
    private long done;

    /** Looks and {@link #wakeUp}s. */
    private long events;

    // Confined to the thread that looks.
    private DiskSpace reported = DiskSpace.AMPLE;
    private boolean isLookFailing;

    private DiskReserve(Disk disk, Path directory, long reserveBytes) {
        this.disk = disk;
        this.directory = directory;
        this.reserveBytes = reserveBytes;
    }

    /**
     * Looks at the disk for the first time.
     *
     * @param directory which exists, on the disk in question
     * @param reserveBytes positive
     * @throws IOException when the file system does not tell how much it can take
     */
    static DiskReserve of(Disk disk, Path directory, long reserveBytes) throws IOException {
        DiskReserve reserve = new DiskReserve(disk, directory, reserveBytes);
        reserve.looked(disk.usableBytes(directory), 0);
        reserve.report();
        return reserve;
    }

    /** Looks in intervals, on a thread that a file system in trouble may keep waiting. */
    void lookOnInterval(ScheduledExecutorService timer) {
        long millis = LOOK_INTERVAL.toMillis();
        var unused = timer.scheduleWithFixedDelay(this::look, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** State by the last look and what was written since. */
    DiskSpace space() {
        return space;
    }

    /** Bytes left by the last look and what was written since; negative when that was more. */
    synchronized long usableBytes() {
        // What ended while the disk was asked counts twice, rather than never.
        return usableAtLook - (begun - doneAtLook);
    }

    long reserveBytes() {
        return reserveBytes;
    }

    /**
     * To be asked before bytes are written; {@link #endWrite} follows when the answer was yes.
     *
     * @param isUrgent whether the last quarter of the reserve may be used
     * @return false when there is no room now, see {@link #await}
     */
    synchronized boolean beginWrite(long bytes, boolean isUrgent) {
        if (!isUrgent && usableBytes() - bytes < reserveBytes / 4) {
            return false;
        }
        begun += bytes;
        space = next();
        return true;
    }

    /** The bytes of a write that began are written, or it failed. */
    synchronized void endWrite(long bytes) {
        done += bytes;
    }

    /** As {@link #beginWrite}, of a write that leaves the whole reserve alone. */
    boolean beginSpareWrite(long bytes) {
        return usableBytes() - bytes >= reserveBytes() && beginWrite(bytes, false);
    }

    /**
     * Does a write that leaves the reserve alone.
     *
     * @throws IOException when there is no room for it; it is not done then
     */
    void write(long bytes, Runnable write) throws IOException {
        if (!beginSpareWrite(bytes)) {
            throw new IOException("the disk is short of space: " + usableBytes() + " bytes are left, the reserve is "
                    + reserveBytes());
        }
        try {
            write.run();
        } finally {
            endWrite(bytes);
        }
    }

    /** A write met a full disk, whatever the last look said: until the next one there is no room. */
    synchronized void onDiskFull() {
        usableAtLook = begun - doneAtLook;
        space = next();
    }

    /** Waits for the next look or {@link #wakeUp}, a fraction of a second; an interrupt is kept for later. */
    synchronized void await() {
        boolean isInterrupted = false;
        long eventsBefore = events;
        while (events == eventsBefore) {
            try {
                wait();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets those who wait look again at what they wait for. */
    synchronized void wakeUp() {
        events++;
        notifyAll();
    }

    /** Asks the disk. */
    void look() {
        long doneBefore;
        synchronized (this) {
            doneBefore = done;
        }
        try {
            looked(disk.usableBytes(directory), doneBefore);
            isLookFailing = false;
            report();
        } catch (IOException | RuntimeException e) {
            onLookFailed(e);
        }
    }

    /** @param doneBefore what had ended when the disk was asked */
    private synchronized void looked(long usableBytes, long doneBefore) {
        usableAtLook = usableBytes;
        doneAtLook = doneBefore;
        space = next();
        wakeUp();
    }

    private DiskSpace next() {
        if (isBelow(reserveBytes / 2, space == DiskSpace.FULL)) {
            return DiskSpace.FULL;
        }
        return isBelow(reserveBytes, space != DiskSpace.AMPLE) ? DiskSpace.SHORT : DiskSpace.AMPLE;
    }

    private boolean isBelow(long limit, boolean wasBelow) {
        return usableBytes() < limit + (wasBelow ? limit / 8 : 0);
    }

    private void report() {
        DiskSpace now = space;
        if (now == reported) {
            return;
        }
        reported = now;
        var event = now == DiskSpace.AMPLE ? LOG.atInfo() : LOG.atWarn();
        event.addKeyValue("directory", directory)
                .addKeyValue("usableBytes", usableBytes())
                .addKeyValue("reserveBytes", reserveBytes)
                .log(
                        switch (now) {
                            case AMPLE -> "there is disk space again: records are taken as before";
                            case SHORT ->
                                "disk space runs short: partitions that this node leads refuse new records; make the"
                                        + " disk larger, or delete topics or other files";
                            case FULL ->
                                "the disk is nearly full: replicas on this node fall behind too; make the disk larger,"
                                        + " or delete topics or other files";
                        });
    }

    private void onLookFailed(Exception e) {
        if (!isLookFailing) {
            isLookFailing = true;
            LOG.atWarn()
                    .addKeyValue("directory", directory)
                    .setCause(e)
                    .log("the disk does not tell what space is left; what is written counts from the last answer on");
        }
    }
}
