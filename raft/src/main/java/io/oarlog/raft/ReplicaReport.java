package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * What a node has of a partition, as it says itself. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 state: its code
 *      1    4 node that leads, as far as it knows; -1: it knows none
 *      5    8 term of its last entry
 *     13    8 index of its last entry
 *     21    8 end offset of its records, committed or not, exclusive
 *     29    8 high watermark
 *     37    n names of the members by commas, then ';' and those before the change that is under way; ASCII
 * </pre>
 *
 * @param last entry of its Raft log, or of the snapshot in its place; {@link TermIndex#INITIAL_VALUE} when there was never one
 * @param members of its group, committed or not; none as long as it is told of none
 * @param formerMembers of the change of members that is under way
 */
record ReplicaReport(
        State state,
        OptionalInt leader,
        TermIndex last,
        long endOffset,
        long highWatermark,
        List<RaftPeerId> members,
        List<RaftPeerId> formerMembers) {
    private static final int FIXED_BYTES = 1 + Integer.BYTES + 4 * Long.BYTES;
    private static final int NONE = -1;
    private static final String BETWEEN = ",";
    private static final String BEFORE_FORMER = ";";

    /** Whether there is a replica. */
    enum State {
        /** Nothing of the partition is on this node. */
        ABSENT('A'),
        /** It takes part in its group, or waits for being told. */
        OPEN('O'),
        /** It is on the disk, and is fenced, damaged, repaired, or being opened. */
        UNUSABLE('U');

        private final byte code;

        State(char code) {
            this.code = (byte) code;
        }
    }

    ReplicaReport {
        members = List.copyOf(members);
        formerMembers = List.copyOf(formerMembers);
    }

    static ReplicaReport without(State state) {
        return new ReplicaReport(state, OptionalInt.empty(), TermIndex.INITIAL_VALUE, 0, 0, List.of(), List.of());
    }

    /** Whether it ever got an entry. */
    boolean hasEntries() {
        return last.getIndex() >= 0;
    }

    ByteBuffer encode() {
        byte[] names = (names(members) + BEFORE_FORMER + names(formerMembers)).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(FIXED_BYTES + names.length)
                .put(state.code)
                .putInt(leader.orElse(NONE))
                .putLong(last.getTerm())
                .putLong(last.getIndex())
                .putLong(endOffset)
                .putLong(highWatermark)
                .put(names)
                .flip();
    }

    private static String names(List<RaftPeerId> peers) {
        return peers.stream().map(RaftPeerId::toString).collect(Collectors.joining(BETWEEN));
    }

    /** @throws IOException when the bytes are not a report */
    static ReplicaReport decode(ByteBuffer encoded) throws IOException {
        ByteBuffer in = encoded.duplicate();
        if (in.remaining() <= FIXED_BYTES) {
            throw new IOException("not a report of a replica: " + in.remaining() + " bytes");
        }
        State state = state(in.get());
        int leader = in.getInt();
        TermIndex last = TermIndex.valueOf(in.getLong(), in.getLong());
        long endOffset = in.getLong();
        long highWatermark = in.getLong();
        String[] names = StandardCharsets.US_ASCII.decode(in).toString().split(BEFORE_FORMER, -1);
        if (names.length != 2) {
            throw new IOException("not a report of a replica: members " + List.of(names));
        }
        return new ReplicaReport(
                state,
                leader == NONE ? OptionalInt.empty() : OptionalInt.of(leader),
                last,
                endOffset,
                highWatermark,
                peers(names[0]),
                peers(names[1]));
    }

    private static State state(byte code) throws IOException {
        return Stream.of(State.values())
                .filter(state -> state.code == code)
                .findFirst()
                .orElseThrow(() -> new IOException("not a report of a replica: state " + code));
    }

    private static List<RaftPeerId> peers(String names) {
        return Stream.of(names.split(BETWEEN))
                .filter(name -> !name.isEmpty())
                .map(RaftPeerId::valueOf)
                .toList();
    }
}
