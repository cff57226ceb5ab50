package io.oarlog.metadata.tree;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** What a client has to show to take its session to another node: 16 bytes. Immutable, compared by content. */
public final class SessionPassword {
    /** Length in bytes. */
    public static final int SIZE = 16;

    private final byte[] bytes;

    private SessionPassword(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of the bytes.
     *
     * @throws IllegalArgumentException unless there are {@link #SIZE} of them
     */
    public static SessionPassword copyOf(byte[] bytes) {
        if (bytes.length != SIZE) {
            throw new IllegalArgumentException("password of " + bytes.length + " bytes, expected " + SIZE);
        }
        return new SessionPassword(bytes.clone());
    }

    public static SessionPassword random(RandomGenerator random) {
        byte[] bytes = new byte[SIZE];
        random.nextBytes(bytes);
        return new SessionPassword(bytes);
    }

    /** A copy of the bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SessionPassword password && Arrays.equals(bytes, password.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Without the bytes: they must not get into a log. */
    @Override
    public String toString() {
        return SIZE + " bytes";
    }
}
