package io.oarlog.raft;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a replica has of an entry that another one asked for. Immutable.
 *
 * <pre>
 * offset size field
 *      0    1 code of the state
 *      1      the entry's batches, if they are found
 * </pre>
 *
 * @param data the batches, checked against the header of the replica that gives them; empty unless they are found
 */
record StoredEntry(State state, ByteBuffer data) {
    /** Whether the bytes are there. */
    enum State {
        FOUND(0),
        /** No such entry of that term: not yet, or never committed. */
        NOT_IN_LOG(1),
        /** Below the start of the log, where all replicas may forget it. */
        BELOW_START(2),
        /** Applied here, and no longer in the Raft log: a snapshot stands for it. */
        PURGED(3);

        private final byte code;

        State(int code) {
            this.code = (byte) code;
        }

        private static Optional<State> ofCode(byte code) {
            return Arrays.stream(values()).filter(state -> state.code == code).findFirst();
        }
    }

    static StoredEntry found(ByteBuffer data) {
        return new StoredEntry(State.FOUND, data);
    }

    static StoredEntry without(State state) {
        return new StoredEntry(state, ByteBuffer.allocate(0));
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(1 + data.remaining())
                .put(state.code)
                .put(data.duplicate())
                .flip();
    }

    /** @throws IllegalArgumentException when the bytes are not an answer */
    static StoredEntry decode(ByteBuffer encoded) {
        ByteBuffer in = encoded.duplicate();
        return State.ofCode(in.hasRemaining() ? in.get() : -1)
                .map(state -> new StoredEntry(state, in.slice()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "not an answer about an entry: " + encoded.remaining() + " bytes"));
    }
}
