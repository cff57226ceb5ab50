package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The file of one index. It is written whole, when its segment gets no more batches, and never trusted: what does not fit
 * its header is as good as missing. Immutable.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARI" for offsets, "OART" for times
 *      4    2 format version (1)
 *      6    2 bytes of an entry
 *      8    8 base offset of the segment
 *     16    4 number of entries
 *     20    4 CRC-32C of the entries
 *     24      entries, see {@link OffsetIndex} and {@link TimeIndex}
 * </pre>
 */
final class IndexFile {
    static final int HEADER_BYTES = 24;

    private static final int OFFSETS_MAGIC = 0x4F415249;
    private static final int TIMES_MAGIC = 0x4F415254;
    private static final short VERSION = 1;

    private final Disk disk;
    private final Path path;
    private final int magic;
    private final int entryBytes;
    private final long baseOffset;

    private IndexFile(Disk disk, Path path, int magic, int entryBytes, long baseOffset) {
        this.disk = disk;
        this.path = path;
        this.magic = magic;
        this.entryBytes = entryBytes;
        this.baseOffset = baseOffset;
    }

    static IndexFile ofOffsets(Disk disk, SegmentName name) {
        return new IndexFile(disk, name.indexFile(), OFFSETS_MAGIC, OffsetIndex.ENTRY_BYTES, name.baseOffset());
    }

    static IndexFile ofTimes(Disk disk, SegmentName name) {
        return new IndexFile(disk, name.timeIndexFile(), TIMES_MAGIC, TimeIndex.ENTRY_BYTES, name.baseOffset());
    }

    /** Replaces the file's content; durable on return, but for the file's name. A crash midway leaves a wrong file. */
    void write(IndexEntries entries) throws IOException {
        ByteBuffer body = entries.bytes();
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(magic)
                .putShort(VERSION)
                .putShort((short) entryBytes)
                .putLong(baseOffset)
                .putInt(entries.count())
                .putInt(crc(body))
                .flip();
        try (DiskFile file = disk.open(path)) {
            long bytes = file.write(new ByteBuffer[] {header, body}, 0);
            file.truncate(bytes);
            file.force();
        }
    }

    /** All entries, or nothing when the file is missing or wrong. */
    Optional<IndexEntries> read() throws IOException {
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            Optional<ByteBuffer> header = readHeader(file);
            if (header.isEmpty()) {
                return Optional.empty();
            }
            ByteBuffer body = ByteBuffer.allocate(header.get().getInt(16) * entryBytes);
            file.read(body, HEADER_BYTES);
            body.flip();
            return crc(body) == header.get().getInt(20)
                    ? Optional.of(IndexEntries.of(entryBytes, body))
                    : Optional.empty();
        }
    }

    /** The last entry alone, if there is one; nothing when the file is missing or its header or size is wrong. */
    Optional<IndexEntries> readLast() throws IOException {
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            Optional<ByteBuffer> header = readHeader(file);
            if (header.isEmpty()) {
                return Optional.empty();
            }
            int count = header.get().getInt(16);
            ByteBuffer last = ByteBuffer.allocate(Math.min(count, 1) * entryBytes);
            file.read(last, HEADER_BYTES + (count - 1L) * entryBytes);
            return Optional.of(IndexEntries.of(entryBytes, last.flip()));
        }
    }

    private Optional<ByteBuffer> readHeader(DiskFile file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        if (file.read(header, 0) < HEADER_BYTES) {
            return Optional.empty();
        }
        boolean isSound = header.getInt(0) == magic
                && header.getShort(4) == VERSION
                && header.getShort(6) == entryBytes
                && header.getLong(8) == baseOffset
                && header.getInt(16) >= 0
                // Before anything of that size is allocated.
                && file.size() == HEADER_BYTES + (long) header.getInt(16) * entryBytes
                && file.size() <= Integer.MAX_VALUE;
        return isSound ? Optional.of(header) : Optional.empty();
    }

    private static int crc(ByteBuffer body) {
        CRC32C crc = new CRC32C();
        crc.update(body.duplicate());
        return (int) crc.getValue();
    }
}
