package io.oarlog.server.cli.bench;

import java.nio.ByteBuffer;
import java.util.Random;

/** What measured records hold. */
final class Payload {
    private static final long SEED = 42;
    /** Of a stamped value: whose it is, and when it was due. */
    static final int STAMP_BYTES = 2 * Long.BYTES;

    private Payload() {}

    /** The same bytes each time, which no compression makes smaller. */
    static byte[] random(int size) {
        byte[] value = new byte[size];
        new Random(SEED).nextBytes(value);
        return value;
    }

    /** A copy of {@code value} that begins with the run it belongs to, and the time it was due. */
    static byte[] stamped(byte[] value, long run, long dueNanos) {
        byte[] copy = value.clone();
        ByteBuffer.wrap(copy).putLong(run).putLong(dueNanos);
        return copy;
    }

    static boolean isOf(long run, byte[] value) {
        return value.length >= STAMP_BYTES && ByteBuffer.wrap(value).getLong() == run;
    }

    static long dueNanos(byte[] value) {
        return ByteBuffer.wrap(value).getLong(Long.BYTES);
    }
}
