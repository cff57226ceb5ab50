package io.oarlog.raft;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a node's groups, by what they may wait for. Ratis has its own. Thread-safe. */
final class NodeThreads {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThreads.class);

    private static final int ELECTION_THREADS = 2;
    private static final int MAX_ELECTIONS = 1_000;
    private static final int INQUIRY_THREADS = 8;
    private static final int MAX_INQUIRIES = 200;
    private static final int ELECTION_WRITERS = 4;
    private static final int PLACEMENT_THREADS = 2;
    private static final int SUCCESSION_THREADS = 4;

    private final int nodeId;
    private final ExecutorService append;
    private final ExecutorService read;
    private final ScheduledExecutorService disk = Executors.newSingleThreadScheduledExecutor(named("disk"));
    private final ScheduledExecutorService commit = Executors.newSingleThreadScheduledExecutor(named("commit"));
    private final ScheduledExecutorService leadership = Executors.newSingleThreadScheduledExecutor(named("leadership"));
    private final ScheduledExecutorService entry = Executors.newSingleThreadScheduledExecutor(named("entry"));
    private final ScheduledExecutorService succession =
            Executors.newScheduledThreadPool(SUCCESSION_THREADS, named("succession"));
    private final ScheduledExecutorService repair = Executors.newSingleThreadScheduledExecutor(named("repair"));
    private final ExecutorService snapshot = Executors.newSingleThreadExecutor(named("snapshot"));
    private final ExecutorService election = refusing("election", ELECTION_THREADS, MAX_ELECTIONS);
    private final ExecutorService inquiry = refusing("inquiry", INQUIRY_THREADS, MAX_INQUIRIES);
    private final ExecutorService placement = Executors.newFixedThreadPool(PLACEMENT_THREADS, named("placement"));
    private final ExecutorService electionWriters =
            Executors.newFixedThreadPool(ELECTION_WRITERS, named("election-state"));

    NodeThreads(int nodeId) {
        this.nodeId = nodeId;
        int threads = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
        this.append = Executors.newFixedThreadPool(threads, named("append"));
        this.read = Executors.newFixedThreadPool(threads, named("raft-read"));
    }

    /** Without threads while it has nothing to do. */
    private ExecutorService refusing(String role, int threads, int maxQueued) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(maxQueued), named(role));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private ThreadFactory named(String role) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, role + "-" + nodeId + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Writes to the segments and forces them. */
    ExecutorService append() {
        return append;
    }

    /** Reads segments, and opens and closes groups. */
    ExecutorService read() {
        return read;
    }

    /** Looks at the disk and nothing else: it may have to wait for it. */
    ScheduledExecutorService disk() {
        return disk;
    }

    /** Tells followers of commits. */
    ScheduledExecutorService commit() {
        return commit;
    }

    /** Looks at who leads; waits for nothing. */
    ScheduledExecutorService leadership() {
        return leadership;
    }

    /** Brings the node into the cluster; waits for other nodes. */
    ScheduledExecutorService entry() {
        return entry;
    }

    /** Looks which leaders have died, and asks who could lead instead; waits for other nodes. */
    ScheduledExecutorService succession() {
        return succession;
    }

    /** Has damaged partitions repaired, and those copied that are far behind, one at a time: waits for each. */
    ScheduledExecutorService repair() {
        return repair;
    }

    /** Writes snapshots, and copies those of the metadata, one at a time. */
    ExecutorService snapshot() {
        return snapshot;
    }

    /** Asks leaders elsewhere to hand over, and waits for it; refuses more than it can queue. */
    ExecutorService election() {
        return election;
    }

    /** Asks other nodes what they have of a partition, and waits for it; refuses more than it can queue. */
    ExecutorService inquiry() {
        return inquiry;
    }

    /** Begins transfers of what is led here; waits for this node's disk at most. */
    ExecutorService placement() {
        return placement;
    }

    /** Writes terms and votes. */
    ExecutorService electionWriters() {
        return electionWriters;
    }

    /** Ends what looks at the node on an interval. */
    void stopTimers() {
        disk.shutdownNow();
        commit.shutdownNow();
        leadership.shutdownNow();
        entry.shutdownNow();
        succession.shutdownNow();
    }

    /** Takes no more tasks; those that write to the disk come to their end. */
    void shutDown() {
        append.shutdown();
        read.shutdown();
        repair.shutdownNow();
        election.shutdownNow();
        inquiry.shutdownNow();
        placement.shutdownNow();
        electionWriters.shutdown();
        snapshot.shutdown();
    }

    /** Waits for those a few seconds, after {@link #shutDown}. */
    void awaitEnd() throws InterruptedException {
        if (!append.awaitTermination(5, TimeUnit.SECONDS)
                || !read.awaitTermination(5, TimeUnit.SECONDS)
                || !snapshot.awaitTermination(5, TimeUnit.SECONDS)) {
            LOG.warn("append, read or snapshot tasks still run after 5 s");
        }
    }
}
