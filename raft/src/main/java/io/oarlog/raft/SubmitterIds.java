package io.oarlog.raft;

import java.util.UUID;
import org.apache.ratis.protocol.ClientId;

/** Ids of Raft clients that say on which node they are: the lower half is the number of the node, the upper half is random. */
final class SubmitterIds {
    private SubmitterIds() {}

    /** A new one, unlike all others. */
    static ClientId newId(int node) {
        long random = UUID.randomUUID().getMostSignificantBits();
        return ClientId.valueOf(new UUID(random, node));
    }

    /** The node of an id that {@link #newId} made. */
    static int nodeOf(ClientId id) {
        return (int) id.toByteString().asReadOnlyByteBuffer().getLong(Long.BYTES);
    }
}
