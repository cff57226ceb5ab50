package io.oarlog.raft;

import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.storage.RaftStorageMetadata;

/**
 * What a replica must not forget of elections (Raft, figure 2, persistent state): the latest term that it has seen, and whom it
 * voted for in it. Immutable.
 *
 * @param votedFor a peer's name, see {@link PeerIds}; {@link #NOBODY} when it has not voted in this term
 */
record ElectionState(long term, String votedFor) {
    static final String NOBODY = "";

    /** What Ratis holds of it. */
    static ElectionState of(RaftStorageMetadata metadata) {
        return new ElectionState(metadata.getTerm(), metadata.getVotedFor().toString());
    }

    RaftPeerId votedForPeer() {
        return RaftPeerId.valueOf(votedFor);
    }

    private boolean isVote() {
        return !votedFor.equals(NOBODY);
    }

    /** Whether a replica that goes on from this breaks no promise that it has made with the other. */
    boolean covers(ElectionState other) {
        return term > other.term || (term == other.term && (isVote() || !other.isVote()));
    }

    /** Whether it is this very promise that is held here: this term, and this vote if there is one in it. */
    boolean holds(ElectionState promise) {
        return term == promise.term && (!promise.isVote() || votedFor.equals(promise.votedFor));
    }
}
