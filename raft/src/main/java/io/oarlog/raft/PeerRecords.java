package io.oarlog.raft;

import java.io.Closeable;
import java.io.IOException;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;

/** The records of one other replica. Confined to its caller, who waits. */
final class PeerRecords implements PartitionCopy.Source, Closeable {
    private final RaftPeerId peer;
    private final PeerReads reads;

    /** Does not connect yet. */
    PeerRecords(RaftGroup group, RaftPeerId peer) {
        this.peer = peer;
        this.reads = new PeerReads(group);
    }

    /** What it has. */
    RecordsOffer offer() throws IOException {
        return RecordsOffer.decode(reads.ask(peer, RecordsRequest.ofOffer().encode()));
    }

    @Override
    public StoredRecords read(RecordsRequest request) throws IOException {
        return StoredRecords.decode(reads.ask(peer, request.encode()));
    }

    @Override
    public void close() throws IOException {
        reads.close();
    }
}
