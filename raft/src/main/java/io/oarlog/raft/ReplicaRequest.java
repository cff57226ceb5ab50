package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * Asks another node what it has of a partition, or to lead it alone; see {@link ReplicaReport} and {@link PartitionRecovery}.
 * Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 'R'
 *      1    1 0: what it has; 1: to lead alone
 *      2   16 topic id
 *     18    4 partition
 *     22    8 term of the last entry that it said to have; 0 when it is asked what it has
 *     30    8 index of that entry; likewise
 * </pre>
 *
 * @param partition known by its topic's id: the name is empty in what was decoded
 */
record ReplicaRequest(PartitionId partition, boolean isToLeadAlone, TermIndex last) {
    private static final byte KIND = 'R';
    private static final int BYTES = 2 + 2 * Long.BYTES + Integer.BYTES + 2 * Long.BYTES;
    private static final TermIndex NOTHING = TermIndex.valueOf(0, 0);

    static ReplicaRequest ofReport(PartitionId partition) {
        return new ReplicaRequest(partition, false, NOTHING);
    }

    static ReplicaRequest toLeadAlone(PartitionId partition, TermIndex last) {
        return new ReplicaRequest(partition, true, last);
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .put(KIND)
                .put((byte) (isToLeadAlone ? 1 : 0))
                .putLong(partition.topicId().getMostSignificantBits())
                .putLong(partition.topicId().getLeastSignificantBits())
                .putInt(partition.partition())
                .putLong(last.getTerm())
                .putLong(last.getIndex())
                .flip();
    }

    /** Whether the bytes are such a request, and no other message between nodes. */
    static boolean isRequest(ByteBuffer encoded) {
        return encoded.remaining() == BYTES && encoded.get(encoded.position()) == KIND;
    }

    /** @param encoded bytes that are a request */
    static ReplicaRequest decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        in.get();
        boolean isToLeadAlone = in.get() == 1;
        PartitionId partition = new PartitionId(new UUID(in.getLong(), in.getLong()), "", in.getInt());
        return new ReplicaRequest(partition, isToLeadAlone, TermIndex.valueOf(in.getLong(), in.getLong()));
    }
}
