package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Asks the leader of the metadata group whether a node may become a member under a name that nobody has heard of. The answer is
 * empty, or says why not. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 'J'
 *      1    4 node id
 *      5    n names by commas, ASCII: the one that it wants to have, and the one that it had with the same disk, if any
 * </pre>
 */
record AdmissionRequest(int node, RaftPeerId name, Optional<RaftPeerId> formerName) {
    private static final byte KIND = 'J';
    private static final int NAME_AT = 1 + Integer.BYTES;
    private static final String SEPARATOR = ",";
    private static final int MAX_NAMES = 2 * PeerIds.MAX_LENGTH + SEPARATOR.length();

    ByteBuffer encode() {
        String names = name + formerName.map(former -> SEPARATOR + former).orElse("");
        byte[] bytes = names.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(NAME_AT + bytes.length)
                .put(KIND)
                .putInt(node)
                .put(bytes)
                .flip();
    }

    /** Whether the bytes are such a request, and no other message between nodes. */
    static boolean isRequest(ByteBuffer encoded) {
        return encoded.remaining() > NAME_AT
                && encoded.remaining() <= NAME_AT + MAX_NAMES
                && encoded.get(encoded.position()) == KIND;
    }

    /** @param encoded bytes that are a request */
    static AdmissionRequest decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        in.get();
        int node = in.getInt();
        List<RaftPeerId> names = Stream.of(
                        StandardCharsets.US_ASCII.decode(in).toString().split(SEPARATOR, 2))
                .map(RaftPeerId::valueOf)
                .toList();
        return new AdmissionRequest(
                node, names.get(0), names.size() > 1 ? Optional.of(names.get(1)) : Optional.empty());
    }

    static ByteBuffer answer(Optional<String> refusal) {
        return StandardCharsets.UTF_8.encode(refusal.orElse(""));
    }

    /** Why not; nothing when it may. */
    static Optional<String> refusal(ByteBuffer answer) {
        return Optional.of(StandardCharsets.UTF_8.decode(answer.duplicate()).toString())
                .filter(text -> !text.isEmpty());
    }
}
