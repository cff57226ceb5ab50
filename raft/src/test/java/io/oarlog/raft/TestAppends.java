package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.RecordBatches;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/** Valid v2 batches with one record, for appends. */
final class TestAppends {
    static final long NO_PRODUCER = -1;

    private TestAppends() {}

    static ByteBuffer batch(String value) {
        return batch(value, NO_PRODUCER, 0, -1);
    }

    /** One record, by an idempotent producer when {@code producerId} is 0 or more. */
    static ByteBuffer batch(String value, long producerId, int epoch, int sequence) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        // attributes, timestamp delta, offset delta, no key (-1), value length and value, no headers
        ByteBuffer body = ByteBuffer.allocate(bytes.length + 16);
        body.put((byte) 0).put((byte) 0).put((byte) 0).put((byte) 1);
        varint(body, bytes.length);
        body.put(bytes).put((byte) 0).flip();
        ByteBuffer record = ByteBuffer.allocate(body.remaining() + 5);
        varint(record, body.remaining());
        record.put(body).flip();

        int size = BatchHeader.BYTES + record.remaining();
        ByteBuffer batch = ByteBuffer.allocate(size);
        batch.putLong(0).putInt(size - 12).putInt(-1).put((byte) 2).putInt(0);
        batch.putShort((short) 0).putInt(0).putLong(1_000).putLong(1_000);
        batch.putLong(producerId)
                .putShort((short) (producerId < 0 ? -1 : epoch))
                .putInt(sequence)
                .putInt(1);
        batch.put(record).flip();
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(21, size - 21));
        batch.putInt(17, (int) crc.getValue());
        return batch;
    }

    /** Several batches in a row. */
    static ByteBuffer joined(ByteBuffer... batches) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(batches).mapToInt(ByteBuffer::remaining).sum());
        for (ByteBuffer batch : batches) {
            all.put(batch.duplicate());
        }
        return all.flip();
    }

    static PendingAppend pending(ByteBuffer batch) {
        return new PendingAppend(batch, headers(batch), OptionalInt.empty());
    }

    static List<BatchHeader> headers(ByteBuffer batch) {
        return RecordBatches.validate(batch, Integer.MAX_VALUE);
    }

    private static void varint(ByteBuffer out, int value) {
        int zigzag = (value << 1) ^ (value >> 31);
        while ((zigzag & ~0x7f) != 0) {
            out.put((byte) ((zigzag & 0x7f) | 0x80));
            zigzag >>>= 7;
        }
        out.put((byte) zigzag);
    }
}
