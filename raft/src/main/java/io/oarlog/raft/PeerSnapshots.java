package io.oarlog.raft;

import java.io.Closeable;
import java.io.IOException;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeerId;

/** The snapshots of one other node. Confined to its caller, who waits. */
final class PeerSnapshots implements SnapshotInstall.Source, Closeable {
    private final RaftPeerId peer;
    private final PeerReads reads;

    /** Does not connect yet. */
    PeerSnapshots(RaftGroup group, RaftPeerId peer) {
        this.peer = peer;
        this.reads = new PeerReads(group);
    }

    @Override
    public SnapshotPiece ask(SnapshotPieceRequest request) throws IOException {
        return SnapshotPiece.decode(reads.ask(peer, request.encode()));
    }

    @Override
    public void close() throws IOException {
        reads.close();
    }
}
