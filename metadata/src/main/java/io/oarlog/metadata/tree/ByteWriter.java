package io.oarlog.metadata.tree;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes the primitives of {@link CommandCodec}, big-endian. Not thread-safe. */
final class ByteWriter {
    private static final int MAX_TEXT_BYTES = 0xffff;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final int limitBytes;
    private byte[] previousPath = new byte[0];
    private int pathBytes;

    /** @param limitBytes most bytes that may be written */
    ByteWriter(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    ByteWriter put(int value) {
        room(1);
        out.write(value);
        return this;
    }

    ByteWriter putInt(int value) {
        return bytes(ByteBuffer.allocate(4).putInt(value).array(), 0);
    }

    ByteWriter putLong(long value) {
        return bytes(ByteBuffer.allocate(8).putLong(value).array(), 0);
    }

    ByteWriter putData(ZnodeData data) {
        return data.isNull() ? putInt(-1) : putInt(data.size()).bytes(data.toArray(), 0);
    }

    ByteWriter putPassword(SessionPassword password) {
        return bytes(password.toArray(), 0);
    }

    /** @throws IllegalArgumentException as {@link #putPath} */
    ByteWriter putText(String text) {
        byte[] utf8 = strictUtf8(text);
        return putShort(utf8.length).bytes(utf8, 0);
    }

    /**
     * Writes a path without the bytes that it shares with the previous one.
     *
     * @throws IllegalArgumentException when it holds half a surrogate pair or is longer than 65,535 bytes
     */
    ByteWriter putPath(String path) {
        byte[] utf8 = strictUtf8(path);
        pathBytes += utf8.length;
        if (pathBytes > ByteReader.MAX_PATH_BYTES) {
            throw new CommandTooLargeException(ByteReader.MAX_PATH_BYTES);
        }
        int shared = sharedLength(previousPath, utf8);
        previousPath = utf8;
        return putShort(shared).putShort(utf8.length - shared).bytes(utf8, shared);
    }

    private ByteWriter putShort(int value) {
        return put(value >>> 8).put(value);
    }

    private ByteWriter bytes(byte[] bytes, int from) {
        room(bytes.length - from);
        out.write(bytes, from, bytes.length - from);
        return this;
    }

    private void room(int bytes) {
        if (bytes > limitBytes - out.size()) {
            throw new CommandTooLargeException(limitBytes);
        }
    }

    private static int sharedLength(byte[] a, byte[] b) {
        int length = 0;
        while (length < a.length && length < b.length && a[length] == b[length]) {
            length++;
        }
        return length;
    }

    private static byte[] strictUtf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            if (bytes.length > MAX_TEXT_BYTES) {
                throw new IllegalArgumentException("path, scheme or id of " + bytes.length + " bytes");
            }
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("path, scheme or id with half a surrogate pair", e);
        }
    }

    byte[] toArray() {
        return out.toByteArray();
    }
}
