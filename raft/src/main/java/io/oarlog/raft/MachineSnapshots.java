package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots of a hosted machine as it applies commands, has the Raft log purged behind them, and gives them back to the
 * machine.
 *
 * <p>{@link #onApplied} and {@link #restoreLatest} are for the thread that applies, which writes nothing until its end: a pool
 * does, one snapshot at a time. The rest is thread-safe.
 */
final class MachineSnapshots implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MachineSnapshots.class);

    private final SnapshotSource machine;
    private final String what;
    private final Disk disk;
    private final SnapshotSettings settings;
    private final Executor pool;
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    /** Held while a file is written, so that none is once this is closed. */
    private final Object writing = new Object();

    private volatile @Nullable SnapshotFiles files;
    private volatile LongConsumer purge = index -> {};
    private volatile AgedLog log = age -> RaftLog.INVALID_LOG_INDEX;
    private volatile boolean isClosed;
    /** The newest snapshot of what this machine has applied; a copy of another node's is not, until it is restored. */
    private volatile @Nullable TermIndex ownLatest;

    private long entries;
    private long bytes;

    /** Tells which entries of the Raft log are old. */
    private interface AgedLog {
        /** Index of the last one that is known to be older; -1 when none is. */
        long lastOlderThan(Duration age) throws IOException;
    }

    /**
     * @param what of which they are, for people
     * @param pool of one thread, for what takes long
     */
    MachineSnapshots(SnapshotSource machine, String what, Disk disk, SnapshotSettings settings, Executor pool) {
        this.machine = machine;
        this.what = what;
        this.disk = disk;
        this.settings = settings;
        this.pool = pool;
    }

    /**
     * Opens the snapshots of a node that starts.
     *
     * @param logStartIndex first entry of the group's Raft log; nothing when the log has no file
     * @param purger deletes the Raft log up to an index, inclusive, as far as it pleases
     * @throws DamagedSnapshotException when the state that this node had is not there any more
     */
    void open(Path directory, OptionalLong logStartIndex, LongConsumer purger) throws IOException {
        files = SnapshotFiles.open(disk, directory, logStartIndex);
        purge = purger;
    }

    /**
     * Opens the snapshots of a group, and brings its Raft log to agree with them, before Raft opens it.
     *
     * @throws DamagedSnapshotException as {@link #open}
     */
    void openGroup(Path groupDirectory, LongConsumer purger) throws IOException {
        RepeatedEntries.cut(groupDirectory);
        List<RaftLogFile> log = RaftLogFile.list(groupDirectory);
        OptionalLong logStartIndex = log.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(log.get(0).startIndex());
        open(groupDirectory.resolve(SnapshotFiles.DIRECTORY), logStartIndex, purger);
        this.log = age -> RaftLogFile.lastIndexOlderThan(age, RaftLogFile.list(groupDirectory));
        deleteSupersededLog(log);
    }

    private SnapshotFiles requireFiles() {
        SnapshotFiles opened = files;
        if (opened == null) {
            throw new IllegalStateException("not open");
        }
        return opened;
    }

    /** The newest one that is durable, a copy that was not restored yet as well; null when there is none. */
    @Nullable
    TermIndex latest() {
        SnapshotFiles opened = files;
        return opened == null ? null : opened.latest();
    }

    /** The newest durable one whose commands this machine has; null when there is none. Does not wait. */
    @Nullable
    TermIndex ownLatest() {
        return ownLatest;
    }

    /**
     * Deletes a Raft log that ends below the newest snapshot, or has another entry where that was taken, before Raft opens it:
     * the process died after it had copied a snapshot and before Raft gave the log up for it. Raft would keep the last file and
     * could append nothing behind it; and what a deposed leader left in the log was never committed.
     */
    private void deleteSupersededLog(List<RaftLogFile> log) throws IOException {
        TermIndex latest = latest();
        if (latest == null || log.isEmpty()) {
            return;
        }
        OptionalLong end = log.get(log.size() - 1).lastIndex();
        boolean isBelow = end.isPresent() && end.getAsLong() < latest.getIndex();
        if (!isBelow && !isOtherAt(latest, log)) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("end", end)
                .addKeyValue("snapshot", latest)
                .log("the snapshot of {} takes the place of the whole Raft log", what);
        // From the last one on: what is left after a crash ends below the snapshot still.
        for (int i = log.size() - 1; i >= 0; i--) {
            RaftLogFile file = log.get(i);
            disk.delete(file.path());
            disk.syncDirectory(Objects.requireNonNull(file.path().getParent()));
        }
    }

    private static boolean isOtherAt(TermIndex position, List<RaftLogFile> log) throws IOException {
        OptionalLong term = RaftLogFile.termAt(log, position.getIndex());
        return term.isPresent() && term.getAsLong() != position.getTerm();
    }

    /**
     * Puts the machine into the state of the newest snapshot.
     *
     * @return of the last command applied in it; nothing, and the machine is left as it is, when there is no snapshot
     */
    Optional<TermIndex> restoreLatest() throws IOException {
        entries = 0;
        bytes = 0;
        Optional<TermIndex> restored = requireFiles().restoreLatest(machine);
        ownLatest = restored.orElse(null);
        return restored;
    }

    /** The machine has applied a command of so many bytes. */
    void onApplied(TermIndex position, int commandBytes) {
        entries++;
        bytes += commandBytes;
        boolean isDue = entries >= settings.entries() || bytes >= settings.bytes();
        if (isDue && machine.isDurable() && isUnderWay.compareAndSet(false, true)) {
            entries = 0;
            bytes = 0;
            begin(position, machine.snapshot());
        }
    }

    /** The interval is over, and another one {@link #isWorthOne}. */
    void onInterval(TermIndex applied, SnapshotSource.Snapshot state) {
        if (isUnderWay.compareAndSet(false, true)) {
            begin(applied, state);
        }
    }

    /**
     * Takes one of the state that the machine is closed in, on this thread: the next start has nothing to apply again. Waits for
     * one that is being written. Before {@link #close}; the Raft log, which is closed next, is left as it is.
     */
    void onEnd(TermIndex applied, SnapshotSource.Snapshot state) {
        write(applied, state);
    }

    /** Whether what was applied since the last one would take longer to apply again than another one takes. */
    boolean isWorthOne(TermIndex applied) {
        TermIndex own = ownLatest;
        long last = own == null ? RaftLog.INVALID_LOG_INDEX : own.getIndex();
        return applied.getIndex() - last >= settings.leastEntries();
    }

    private void begin(TermIndex position, SnapshotSource.Snapshot state) {
        try {
            pool.execute(() -> take(position, state));
        } catch (RejectedExecutionException e) {
            isUnderWay.set(false);
            LOG.atDebug().setCause(e).log("the node stops; no snapshot is taken");
        }
    }

    private void take(TermIndex position, SnapshotSource.Snapshot state) {
        try {
            if (write(position, state)) {
                purge(position);
            }
        } finally {
            isUnderWay.set(false);
        }
    }

    /** Whether it is durable now; when not, what was there still is, and the Raft log behind it. */
    private boolean write(TermIndex position, SnapshotSource.Snapshot state) {
        synchronized (writing) {
            TermIndex latest = latest();
            boolean isNewer = latest == null || latest.getIndex() < position.getIndex();
            if (isClosed || !isNewer) {
                return false;
            }
            try {
                requireFiles().add(position, state, () -> isClosed);
            } catch (IOException | RuntimeException e) {
                LOG.atWarn()
                        .addKeyValue("index", position.getIndex())
                        .setCause(e)
                        .log("no snapshot of {} could be taken; the next is taken in its turn", what);
                return false;
            }
            ownLatest = position;
            LOG.atDebug().addKeyValue("index", position.getIndex()).log("took a snapshot of {}", what);
            return true;
        }
    }

    // Not while writing: the Raft log's lock may be held by one who waits for the machine's close, which waits for
    // that.
    private void purge(TermIndex newest) {
        OptionalLong unneeded = requireFiles().unneededIndex();
        if (unneeded.isPresent()) {
            try {
                KeptEntries kept = settings.kept();
                long mayGo = kept.unneededIndex(newest.getIndex(), log.lastOlderThan(kept.age()));
                purge.accept(Math.min(unneeded.getAsLong(), mayGo));
            } catch (IOException | RuntimeException e) {
                LOG.atWarn()
                        .setCause(e)
                        .log("the Raft log of {} could not be purged; it is with the next snapshot", what);
            }
        }
    }

    /** A part of a snapshot, for another node. */
    SnapshotPiece read(SnapshotPieceRequest request) throws IOException {
        return requireFiles().read(request);
    }

    /**
     * Adds a snapshot of another node.
     *
     * @return the newest one, durable here; the machine is in its state after {@link #restoreLatest}
     * @throws IOException when it could not be fetched or stored; what was there still is
     */
    TermIndex addCopy(long index, SnapshotFiles.Copying copying) throws IOException {
        return requireFiles().addCopy(index, copying);
    }

    /** What is being written is given up soon, and waited for: nothing is written in the directory from here on. */
    @Override
    public void close() {
        isClosed = true;
        synchronized (writing) {
            // The writer has seen it, or ended.
        }
    }

    boolean isClosed() {
        return isClosed;
    }
}
