package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorageMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what each group's replica here must not forget of elections, beside Ratis's own {@link RaftMetaFile}: a vote, or an
 * answer to a leader, leaves this node only when what it promises is in an {@link ElectionStateFile}. Thread-safe.
 */
final class ElectionStates {
    private static final Logger LOG = LoggerFactory.getLogger(ElectionStates.class);

    private final Disk disk;
    private final Map<RaftGroupId, ElectionStateFile> files = new ConcurrentHashMap<>();

    ElectionStates(Disk disk) {
        this.disk = disk;
    }

    /**
     * Before a group is started: opens its file, and mends Ratis's where that has forgotten what was promised.
     *
     * @throws IOException when both have; the replica must not take part in elections then
     */
    void open(RaftGroupId group, Path groupDirectory) throws IOException {
        files.remove(group);
        disk.createDirectories(groupDirectory);
        ElectionStateFile file = ElectionStateFile.open(disk, groupDirectory);
        restore(file, RaftMetaFile.of(disk, groupDirectory));
        files.put(group, file);
    }

    private static void restore(ElectionStateFile file, RaftMetaFile ratis) throws IOException {
        if (!ratis.exists()) {
            return; // created now, or stopped while it was
        }
        Optional<ElectionState> promised = file.last();
        Optional<ElectionState> known = ratis.read();
        if (known.isEmpty() && promised.isEmpty()) {
            throw new IOException(
                    ratis.path() + " does not tell the term and the vote of this replica, and nothing else"
                            + " does: it may have voted, and must not vote again");
        }
        if (promised.isPresent()
                && !known.map(state -> state.covers(promised.get())).orElse(false)) {
            LOG.atWarn()
                    .addKeyValue("file", ratis.path())
                    .addKeyValue("was", known.map(ElectionState::toString).orElse("not readable"))
                    .addKeyValue("is", promised.get())
                    .log("the term and the vote of a replica are restored");
            ratis.write(promised.get());
        } else if (known.isPresent()) {
            file.save(known.get());
        }
    }

    /**
     * Returns when all that this replica has promised in elections so far is durable; at once when it is.
     *
     * @throws IOException when it cannot be made so: what was to be answered must not be
     */
    void settle(RaftServer.Division division) throws IOException {
        RaftGroupId group = division.getMemberId().getGroupId();
        ElectionStateFile file = files.get(group);
        if (file == null) {
            throw new IOException(division.getMemberId() + " is being closed");
        }
        // In this order: what is written meanwhile is newer.
        long term = division.getInfo().getCurrentTerm();
        RaftStorageMetadata written =
                division.getRaftStorage().getMetadataFile().getMetadata();
        file.save(written.getTerm() >= term ? ElectionState.of(written) : unwritten(term, division.getId()));
    }

    /** Ratis failed to write its own file: whoever was voted for in this term, nobody else may be, and itself is safe. */
    private static ElectionState unwritten(long term, RaftPeerId self) {
        return new ElectionState(term, Integer.parseInt(self.toString()));
    }

    /** A group has stopped: no more is promised for it. */
    void remove(RaftGroupId group) {
        files.remove(group);
    }
}
