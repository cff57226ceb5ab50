package io.oarlog.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;

/**
 * Makes valid v2 batches, after KIP-98's description and without any code of the log's. Record {@code i} has the key
 * {@code k<i>}, counted from the first key, and a value of the wished size that the salt alters. Confined to its caller.
 */
public final class TestBatches {
    private static final int GZIP = 1;
    private static final int LOG_APPEND_TIME = 0x08;

    private final long baseOffset;
    private int records = 1;
    private int valueBytes = 10;
    private int salt;
    private int firstKey;
    private long[] timestamps = {1_000};
    private int leaderEpoch;
    private int attributes;
    private long producerId = -1;
    private short producerEpoch = -1;
    private int baseSequence = -1;

    private TestBatches(long baseOffset) {
        this.baseOffset = baseOffset;
    }

    /** One record of 10 bytes at time 1,000, until told otherwise. */
    public static TestBatches at(long baseOffset) {
        return new TestBatches(baseOffset);
    }

    public TestBatches records(int newRecords) {
        records = newRecords;
        return this;
    }

    public TestBatches valueBytes(int newValueBytes) {
        valueBytes = newValueBytes;
        return this;
    }

    /** Batches of different salts differ in their records. */
    public TestBatches salt(int newSalt) {
        salt = newSalt;
        return this;
    }

    /** Number in the key of the first record; 0 until told otherwise. */
    public TestBatches firstKey(int newFirstKey) {
        firstKey = newFirstKey;
        return this;
    }

    /** Of each record; the last one stands for those that are left. */
    public TestBatches timestamps(long... newTimestamps) {
        timestamps = newTimestamps.clone();
        return this;
    }

    public TestBatches leaderEpoch(int newLeaderEpoch) {
        leaderEpoch = newLeaderEpoch;
        return this;
    }

    /** Makes the batch idempotent. */
    public TestBatches producer(long newProducerId, int newProducerEpoch, int newBaseSequence) {
        producerId = newProducerId;
        producerEpoch = (short) newProducerEpoch;
        baseSequence = newBaseSequence;
        return this;
    }

    /** Packs the records with gzip. */
    public TestBatches compressed() {
        return attributes(attributes | GZIP);
    }

    /** The broker's time, the last one given, counts for all records. */
    public TestBatches logAppendTime() {
        return attributes(attributes | LOG_APPEND_TIME);
    }

    /** Sets all attribute bits; the records are packed when the bits say gzip. */
    public TestBatches attributes(int newAttributes) {
        attributes = newAttributes;
        return this;
    }

    /** A heap buffer of its own, from 0 to the limit. */
    public ByteBuffer build() {
        byte[] body = body();
        ByteBuffer batch = ByteBuffer.allocate(61 + body.length);
        batch.putLong(baseOffset)
                .putInt(61 + body.length - 12)
                .putInt(leaderEpoch)
                .put((byte) 2)
                .putInt(0)
                .putShort((short) attributes)
                .putInt(records - 1)
                .putLong(timestamp(0))
                .putLong(maxTimestamp())
                .putLong(producerId)
                .putShort(producerEpoch)
                .putInt(baseSequence)
                .putInt(records)
                .put(body)
                .flip();
        return withCrc(batch);
    }

    /** Sets the checksum that the content of a batch should have; for batches that a test has altered. */
    public static ByteBuffer withCrc(ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch.slice(21, batch.limit() - 21));
        return batch.putInt(17, (int) crc.getValue());
    }

    /** The headers of whole batches, in order; nothing is validated. */
    public static List<BatchHeader> headers(ByteBuffer batches) {
        List<BatchHeader> headers = new ArrayList<>();
        int position = batches.position();
        while (position < batches.limit()) {
            BatchHeader header = BatchHeader.read(batches, position);
            headers.add(header);
            position += header.sizeInBytes();
        }
        return headers;
    }

    /** All bytes in one new buffer; the parts are left untouched. */
    public static ByteBuffer join(Collection<ByteBuffer> parts) {
        return ByteBuffer.wrap(bytes(parts.toArray(ByteBuffer[]::new)));
    }

    /** A copy of all bytes; the buffers are left untouched. */
    public static byte[] bytes(ByteBuffer... buffers) {
        int total = Arrays.stream(buffers).mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer joined = ByteBuffer.allocate(total);
        for (ByteBuffer buffer : buffers) {
            joined.put(buffer.duplicate());
        }
        return joined.array();
    }

    private long timestamp(int record) {
        return timestamps[Math.min(record, timestamps.length - 1)];
    }

    private long maxTimestamp() {
        long max = timestamp(0);
        for (int i = 1; i < records; i++) {
            max = Math.max(max, timestamp(i));
        }
        return max;
    }

    private byte[] body() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int i = 0; i < records; i++) {
            ByteArrayOutputStream record = new ByteArrayOutputStream();
            record.write(0);
            writeVarlong(record, timestamp(i) - timestamp(0));
            writeVarlong(record, i);
            byte[] key = ("k" + (firstKey + i)).getBytes(StandardCharsets.UTF_8);
            writeVarlong(record, key.length);
            record.writeBytes(key);
            writeVarlong(record, valueBytes);
            record.writeBytes(value(i));
            writeVarlong(record, 0);
            writeVarlong(body, record.size());
            body.writeBytes(record.toByteArray());
        }
        return (attributes & 0x07) == GZIP ? gzip(body.toByteArray()) : body.toByteArray();
    }

    private byte[] value(int record) {
        byte[] value = new byte[valueBytes];
        for (int i = 0; i < valueBytes; i++) {
            value[i] = (byte) (31 * (31 * salt + record) + i);
        }
        return value;
    }

    private static void writeVarlong(ByteArrayOutputStream target, long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            target.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        target.write((int) rest);
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
