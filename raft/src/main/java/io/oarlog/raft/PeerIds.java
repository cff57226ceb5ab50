package io.oarlog.raft;

import org.apache.ratis.protocol.RaftPeerId;

/** Names of nodes as Raft has them: their ids as decimal numbers. */
final class PeerIds {
    private PeerIds() {}

    static RaftPeerId of(int nodeId) {
        return RaftPeerId.valueOf(Integer.toString(nodeId));
    }

    static int nodeOf(RaftPeerId peer) {
        return Integer.parseInt(peer.toString());
    }
}
