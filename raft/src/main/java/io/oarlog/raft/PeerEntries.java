package io.oarlog.raft;

import io.oarlog.log.InvalidBatchException;
import io.oarlog.log.RecordBatches;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Fetches the bytes of a partition's entries from other nodes, one by one, for a replica that does not run. Confined to its
 * caller, who waits.
 */
final class PeerEntries implements Closeable {
    private final RaftPeerId self;
    private final PeerReads reads;
    /** The one that gave the last entry comes first. */
    private final List<RaftPeerId> peers;

    /**
     * Does not connect yet.
     *
     * @param self this node
     * @param peers nodes that may host the group, without this one
     */
    PeerEntries(RaftGroupId group, RaftPeerId self, Collection<RaftPeer> peers) {
        this.self = self;
        this.peers = new ArrayList<>(peers.stream().map(RaftPeer::getId).toList());
        this.reads = new PeerReads(RaftGroup.valueOf(group, peers));
    }

    /**
     * Asks the nodes one after another until one has the entry.
     *
     * @param members of the group: when all others say that they do not have the entry, it was never committed
     * @return found, and what the header tells; below the start of the partition's log; or not in the log of any other member
     * @throws PartitionRepair.BeyondHeadersException when no node gave it, and one has what became of it
     * @throws IOException when no node gave it, and some did not answer; says what each answered
     */
    StoredEntry fetch(RaftLogScan.Found entry, Collection<RaftPeerId> members) throws IOException {
        List<String> answers = new ArrayList<>();
        List<RaftPeerId> without = new ArrayList<>();
        boolean isBelowStart = false;
        boolean isPurged = false;
        for (RaftPeerId peer : List.copyOf(peers)) {
            try {
                StoredEntry answer = ask(peer, entry);
                if (answer.state() == StoredEntry.State.FOUND) {
                    peers.remove(peer);
                    peers.add(0, peer);
                    return answer;
                } else if (answer.state() == StoredEntry.State.BELOW_START) {
                    isBelowStart = true;
                } else if (answer.state() == StoredEntry.State.PURGED) {
                    isPurged = true;
                    answers.add("node " + peer + " has it in a snapshot, or compacted");
                } else {
                    answers.add("node " + peer + " does not have it");
                    without.add(peer);
                }
            } catch (IOException | RuntimeException e) {
                answers.add("node " + peer + ": " + e.getMessage());
            }
        }
        if (isBelowStart) {
            return StoredEntry.without(StoredEntry.State.BELOW_START);
        }
        List<RaftPeerId> others =
                members.stream().filter(member -> !member.equals(self)).toList();
        // A group of one has committed whatever it has.
        if (!others.isEmpty() && without.containsAll(others)) {
            return StoredEntry.without(StoredEntry.State.NOT_IN_LOG);
        }
        String what = "no node gave Raft entry " + entry.index() + " of term " + entry.term() + ", offsets "
                + entry.header().baseOffset() + " to " + (entry.header().endOffset() - 1) + ": "
                + String.join("; ", answers);
        throw isPurged ? new PartitionRepair.BeyondHeadersException(what) : new IOException(what);
    }

    private StoredEntry ask(RaftPeerId peer, RaftLogScan.Found entry) throws IOException {
        StoredEntry answer =
                StoredEntry.decode(reads.ask(peer, new StoredEntryRequest(entry.index(), entry.term()).encode()));
        if (answer.state() == StoredEntry.State.FOUND) {
            requireEntry(answer.data(), entry);
        }
        return answer;
    }

    /** What comes over the network is believed no more than what comes from the disk. */
    private static void requireEntry(ByteBuffer data, RaftLogScan.Found entry) throws IOException {
        try {
            entry.header()
                    .requireStored(RecordBatches.validate(data, Integer.MAX_VALUE), Math.toIntExact(entry.term()));
        } catch (InvalidBatchException | IllegalStateException e) {
            throw new IOException("what it has is another entry: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        reads.close();
    }
}
