package io.oarlog.chaos.workload;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Values as records hold them: eight bytes, the highest first. */
final class RecordValue {
    private RecordValue() {}

    static byte[] encode(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    /** The value; of bytes that nobody sent a negative one, that nobody sends, so that a checker finds it. */
    static long decode(byte @Nullable [] bytes, long offset) {
        return bytes == null || bytes.length != Long.BYTES
                ? -1 - offset
                : ByteBuffer.wrap(bytes).getLong();
    }
}
