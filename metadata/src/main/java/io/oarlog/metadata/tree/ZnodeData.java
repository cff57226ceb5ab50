package io.oarlog.metadata.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of a znode, or that it has none at all. Immutable, compared by content. */
public final class ZnodeData {
    /** No bytes. */
    public static final ZnodeData EMPTY = new ZnodeData(new byte[0]);

    /** No data, not even an empty array: ZooKeeper gives its clients back which of the two they wrote. */
    public static final ZnodeData NULL = new ZnodeData(Absent.BYTES);

    private static final class Absent {
        /** Tells NULL by its identity. */
        static final byte[] BYTES = new byte[0];
    }

    private final byte[] bytes;

    private ZnodeData(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of the bytes. */
    public static ZnodeData copyOf(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new ZnodeData(bytes.clone());
    }

    /** The text in UTF-8. */
    public static ZnodeData utf8(String text) {
        return owned(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Takes the array over: the caller must not touch it again. */
    static ZnodeData owned(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new ZnodeData(bytes);
    }

    /** It is {@link #NULL}. */
    public boolean isNull() {
        return bytes == Absent.BYTES;
    }

    /** Number of bytes; 0 when it is {@link #NULL}. */
    public int size() {
        return bytes.length;
    }

    /** A copy of the bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }

    void writeTo(OutputStream out) throws IOException {
        out.write(bytes);
    }

    /** A read-only view. */
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** The bytes read as UTF-8; bytes that are none become replacement characters. */
    public String toText() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ZnodeData data && isNull() == data.isNull() && Arrays.equals(bytes, data.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return isNull() ? "null" : bytes.length + " bytes";
    }
}
