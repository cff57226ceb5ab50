package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorageMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what each group's replica here must not forget of elections, beside Ratis's own {@link RaftMetaFile}: a vote, or an
 * answer to a leader, leaves this node only when what it promises is in an {@link ElectionStateFile}. The file decides: of two
 * votes in one term, as of a division that was just replaced, one does not leave. Thread-safe.
 */
final class ElectionStates {
    private static final Logger LOG = LoggerFactory.getLogger(ElectionStates.class);

    private final Disk disk;
    private final ExecutorService writers;
    private final Map<RaftGroupId, ElectionStateFile> files = new ConcurrentHashMap<>();

    /** @param writers for writes that go on when who waits for them is interrupted, as Ratis does with candidates */
    ElectionStates(Disk disk, ExecutorService writers) {
        this.disk = disk;
        this.writers = writers;
    }

    /**
     * Before a group is started: opens its file, and mends Ratis's where that has forgotten what was promised.
     *
     * @param lastTerm of the last entry in its Raft log, 0 when it is not known: the replica has seen it at least
     * @throws IOException when both have; the replica must not take part in elections then
     */
    void open(RaftGroupId group, Path groupDirectory, long lastTerm) throws IOException {
        files.remove(group);
        disk.createDirectories(groupDirectory);
        ElectionStateFile file = ElectionStateFile.open(disk, groupDirectory);
        restore(file, RaftMetaFile.of(disk, groupDirectory), new ElectionState(lastTerm, ElectionState.NOBODY));
        files.put(group, file);
    }

    private static void restore(ElectionStateFile file, RaftMetaFile ratis, ElectionState logged) throws IOException {
        Optional<ElectionState> known = ratis.exists() ? ratis.read() : Optional.empty();
        if (file.last().isEmpty()) {
            if (ratis.exists() && known.isEmpty()) {
                throw new IOException(ratis.path() + " does not tell the term and the vote of this replica, and nothing"
                        + " else does: it may have voted, and must not vote again");
            }
            // Created now, or by a build that kept no such file.
            file.save(known.orElse(new ElectionState(0, ElectionState.NOBODY)));
        }
        file.save(logged);
        ElectionState promised = file.last().orElseThrow();
        boolean isNew = promised.term() == 0 && !ratis.exists();
        if (isNew || known.filter(state -> state.covers(promised)).isPresent()) {
            return;
        }
        LOG.atWarn()
                .addKeyValue("file", ratis.path())
                .addKeyValue("was", known.map(ElectionState::toString).orElse("not readable"))
                .addKeyValue("is", promised)
                .log("the term and the vote of a replica are restored");
        ratis.write(promised);
    }

    /**
     * Returns when a promise of this node is durable; at once when it is.
     *
     * @param division that has made it, or its successor in the same group
     * @throws IOException when it is not: what was to be sent must not be
     */
    void settle(RaftServer.Division division, ElectionState promise) throws IOException {
        ElectionStateFile file = settle(division);
        if (file.last().filter(state -> state.holds(promise)).isEmpty()) {
            throw new IOException(division.getMemberId() + " cannot promise " + promise + ", it holds " + file.last());
        }
    }

    /**
     * Returns when all that this replica has seen and promised in elections so far is durable.
     *
     * @throws IOException when it cannot be made so
     */
    ElectionStateFile settle(RaftServer.Division division) throws IOException {
        ElectionStateFile file = files.get(division.getMemberId().getGroupId());
        if (file == null) {
            throw new IOException(division.getMemberId() + " is being closed");
        }
        // In this order: what is written meanwhile is newer.
        long term = division.getInfo().getCurrentTerm();
        RaftStorageMetadata written =
                division.getRaftStorage().getMetadataFile().getMetadata();
        // When Ratis failed to write its own file: whoever was voted for in this term, nobody else may be, and itself
        // is safe.
        ElectionState state = written.getTerm() >= term
                ? ElectionState.of(written)
                : new ElectionState(term, division.getId().toString());
        if (file.last().filter(last -> last.covers(state)).isEmpty()) {
            save(file, state);
        }
        return file;
    }

    private void save(ElectionStateFile file, ElectionState state) throws IOException {
        try {
            Future<?> saved = writers.submit(() -> {
                file.save(state);
                return null;
            });
            saved.get();
        } catch (RejectedExecutionException e) {
            throw new IOException("the node stops", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted before " + state + " was saved", e);
        } catch (ExecutionException e) {
            throw new IOException(state + " could not be saved", e.getCause());
        }
    }

    /** A group has stopped: no more is promised for it. */
    void remove(RaftGroupId group) {
        files.remove(group);
    }
}
