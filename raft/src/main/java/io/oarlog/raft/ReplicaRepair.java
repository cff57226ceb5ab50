package io.oarlog.raft;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repairs the files of a partition that nobody has open from other nodes: entry by entry, or where no entry tells of what is
 * damaged by a copy of the whole. Immutable.
 */
final class ReplicaRepair {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaRepair.class);

    private final RaftPeerId self;
    private final Supplier<List<RaftPeer>> others;
    private final int maxEntryBytes;
    private final DiskReserve reserve;
    private final CopyPace pace;

    /** @param others nodes that may have a replica, without this one */
    ReplicaRepair(
            RaftPeerId self, Supplier<List<RaftPeer>> others, int maxEntryBytes, DiskReserve reserve, CopyPace pace) {
        this.self = self;
        this.others = others;
        this.maxEntryBytes = maxEntryBytes;
        this.reserve = reserve;
        this.pace = pace;
    }

    /**
     * Repairs what is damaged; waits for it. Afterwards the log can be opened.
     *
     * @param isCancelled asked often
     * @throws IOException as {@link PartitionRepair#run}
     * @throws java.util.concurrent.CancellationException when it is cancelled; can be begun anew
     */
    PartitionRepair.Report run(PartitionId id, PartitionFiles files, Path groupDirectory, BooleanSupplier isCancelled)
            throws IOException {
        try (PeerEntries entries = new PeerEntries(GroupIds.of(id), self, others.get())) {
            try {
                return repair(files, groupDirectory, entries, isCancelled);
            } catch (PartitionRepair.BeyondHeadersException e) {
                LOG.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("reason", e.getMessage())
                        .log("copied as a whole");
                copy(id, files, groupDirectory, isCancelled);
                // What this replica has taken since is named by its headers.
                return repair(files, groupDirectory, entries, isCancelled);
            }
        }
    }

    private PartitionRepair.Report repair(
            PartitionFiles files, Path groupDirectory, PeerEntries entries, BooleanSupplier isCancelled)
            throws IOException {
        return PartitionRepair.run(files, groupDirectory, maxEntryBytes, reserve, entries::fetch, isCancelled);
    }

    /** From a replica that has applied all that this one has. */
    private void copy(PartitionId id, PartitionFiles files, Path groupDirectory, BooleanSupplier isCancelled)
            throws IOException {
        List<RaftPeer> peers = others.get();
        RaftGroup group = RaftGroup.valueOf(GroupIds.of(id), peers);
        long requiredEndOffset = RaftLogScan.read(groupDirectory, maxEntryBytes)
                .requiredEndOffset(
                        PartitionSnapshot.newest(files.disk(), groupDirectory).snapshot(), files.fencedAt());
        IOException none = new IOException("no other replica of " + id + " has all records up to offset "
                + requiredEndOffset + ", which this one may have acknowledged");
        for (RaftPeer peer : peers) {
            try (PeerRecords source = new PeerRecords(group, peer.getId())) {
                RecordsOffer offer = source.offer();
                // With less the only sound copy of what was acknowledged might go.
                if (offer.endOffset() >= requiredEndOffset
                        && !offer.state().position().equals(TermIndex.INITIAL_VALUE)) {
                    try (PartitionCopy copy =
                            PartitionCopy.ofAll(files, pace.slow(source, isCancelled), offer, reserve, isCancelled)) {
                        copy.commit(groupDirectory);
                        return;
                    }
                }
            } catch (IOException e) {
                none.addSuppressed(e);
            }
        }
        throw none;
    }
}
