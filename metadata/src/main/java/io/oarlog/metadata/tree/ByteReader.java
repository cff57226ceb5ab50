package io.oarlog.metadata.tree;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the primitives that {@link ByteWriter} writes. Every length is checked against what is left before anything is
 * allocated. Not thread-safe.
 */
final class ByteReader {
    /** Shared beginnings let few bytes stand for long paths: bound on all paths of one command together. */
    static final int MAX_PATH_BYTES = 16 * 1024 * 1024;

    private final ByteBuffer in;
    private byte[] previousPath = new byte[0];
    private int pathBytes;

    /** @param in position to limit is read; left as it is */
    ByteReader(ByteBuffer in) {
        this.in = in.duplicate();
    }

    /** The next path shares nothing with those before. */
    void beginPaths() {
        previousPath = new byte[0];
        pathBytes = 0;
    }

    int unsignedByte() {
        try {
            return Byte.toUnsignedInt(in.get());
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    int readInt() {
        try {
            return in.getInt();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    long readLong() {
        try {
            return in.getLong();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /**
     * A number of things to follow.
     *
     * @param max most that are allowed
     * @param leastBytes bytes that each of them takes at least
     */
    int count(int max, int leastBytes) {
        int count = readInt();
        if (count < 0 || count > max || count > in.remaining() / leastBytes) {
            throw new MalformedCommandException("count " + count + " with " + in.remaining() + " bytes left");
        }
        return count;
    }

    /** One of an enum's constants, by its code. */
    <E extends Coded> E constant(E[] constants) {
        int code = unsignedByte();
        for (E constant : constants) {
            if (constant.code() == code) {
                return constant;
            }
        }
        throw new MalformedCommandException("code " + code + " stands for nothing");
    }

    ZnodeData data() {
        int length = readInt();
        return length == -1 ? ZnodeData.NULL : ZnodeData.owned(bytes(length, 0));
    }

    SessionPassword password() {
        return SessionPassword.copyOf(bytes(SessionPassword.SIZE, 0));
    }

    String text() {
        return utf8(bytes(unsignedShort(), 0));
    }

    String path() {
        int shared = unsignedShort();
        int rest = unsignedShort();
        if (shared > previousPath.length) {
            throw new MalformedCommandException(
                    "path shares " + shared + " bytes with one of " + previousPath.length + " bytes");
        }
        pathBytes += shared + rest;
        if (pathBytes > MAX_PATH_BYTES) {
            throw new MalformedCommandException("more than " + MAX_PATH_BYTES + " bytes of paths");
        }
        byte[] utf8 = bytes(rest, shared);
        System.arraycopy(previousPath, 0, utf8, 0, shared);
        previousPath = utf8;
        return utf8(utf8);
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedCommandException("text is not UTF-8", e);
        }
    }

    private int unsignedShort() {
        return unsignedByte() << 8 | unsignedByte();
    }

    /** The next bytes, in an array that begins with {@code gap} unset ones. */
    private byte[] bytes(int length, int gap) {
        if (length < 0 || length > in.remaining()) {
            throw new MalformedCommandException("length " + length + " with " + in.remaining() + " bytes left");
        }
        byte[] bytes = new byte[gap + length];
        in.get(bytes, gap, length);
        return bytes;
    }

    void end() {
        if (in.hasRemaining()) {
            throw new MalformedCommandException(in.remaining() + " bytes too many");
        }
    }

    private static MalformedCommandException cutShort(BufferUnderflowException cause) {
        return new MalformedCommandException("cut short", cause);
    }
}
