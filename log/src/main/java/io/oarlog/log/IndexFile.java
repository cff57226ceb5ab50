package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The file of one index. It is written whole, when its segment gets no more batches, and never trusted: what does not fit
 * its header is as good as missing, and so is an index of another interval. Immutable.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARI" for offsets, "OART" for times
 *      4    2 format version (1)
 *      6    2 bytes of an entry
 *      8    8 base offset of the segment
 *     16    4 bytes of batches between two entries
 *     20    4 number of entries
 *     24    4 CRC-32C of the entries
 *     28    4 CRC-32C of the 28 bytes before and of the last entry: opening a log reads no more than these
 *     32      entries, see {@link OffsetIndex} and {@link TimeIndex}
 * </pre>
 */
final class IndexFile {
    static final int HEADER_BYTES = 32;

    private static final int INTERVAL_POSITION = 16;
    private static final int COUNT_POSITION = 20;
    private static final int ENTRIES_CRC_POSITION = 24;
    private static final int LAST_ENTRY_CRC_POSITION = 28;
    private static final int OFFSETS_MAGIC = 0x4F415249;
    private static final int TIMES_MAGIC = 0x4F415254;
    private static final short VERSION = 1;

    private final Disk disk;
    private final Path path;
    private final int magic;
    private final int entryBytes;
    private final long baseOffset;
    private final int intervalBytes;

    private IndexFile(Disk disk, Path path, int magic, int entryBytes, long baseOffset, int intervalBytes) {
        this.disk = disk;
        this.path = path;
        this.magic = magic;
        this.entryBytes = entryBytes;
        this.baseOffset = baseOffset;
        this.intervalBytes = intervalBytes;
    }

    static IndexFile ofOffsets(Disk disk, SegmentName name, int intervalBytes) {
        return ofOffsets(disk, name.indexFile(), name.baseOffset(), intervalBytes);
    }

    /** Not under the name that it will have. */
    static IndexFile ofOffsets(Disk disk, Path path, long baseOffset, int intervalBytes) {
        return new IndexFile(disk, path, OFFSETS_MAGIC, OffsetIndex.ENTRY_BYTES, baseOffset, intervalBytes);
    }

    static IndexFile ofTimes(Disk disk, SegmentName name, int intervalBytes) {
        return ofTimes(disk, name.timeIndexFile(), name.baseOffset(), intervalBytes);
    }

    /** Not under the name that it will have. */
    static IndexFile ofTimes(Disk disk, Path path, long baseOffset, int intervalBytes) {
        return new IndexFile(disk, path, TIMES_MAGIC, TimeIndex.ENTRY_BYTES, baseOffset, intervalBytes);
    }

    /** Replaces the file's content; durable on return, but for the file's name. A crash midway leaves a wrong file. */
    void write(IndexEntries entries) throws IOException {
        ByteBuffer body = entries.bytes();
        ByteBuffer header = header(entries.count(), body);
        try (DiskFile file = disk.open(path)) {
            long bytes = file.write(new ByteBuffer[] {header, body}, 0);
            file.truncate(bytes);
            file.force();
        }
    }

    private ByteBuffer header(int count, ByteBuffer body) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(magic)
                .putShort(VERSION)
                .putShort((short) entryBytes)
                .putLong(baseOffset)
                .putInt(intervalBytes)
                .putInt(count)
                .putInt(crc(body));
        return header.putInt(lastEntryCrc(header, lastEntry(body))).flip();
    }

    Path path() {
        return path;
    }

    /** Position of the first byte that is not as {@link #write} would have it for these entries; nothing when all are. */
    OptionalLong firstWrongByte(IndexEntries expected) throws IOException {
        ByteBuffer body = expected.bytes();
        ByteBuffer wanted = ByteBuffer.allocate(HEADER_BYTES + body.remaining())
                .put(header(expected.count(), body.duplicate()))
                .put(body)
                .flip();
        try (DiskFile file = disk.open(path)) {
            ByteBuffer found = ByteBuffer.allocate(wanted.limit() + 1);
            file.read(found, 0);
            int mismatch = wanted.mismatch(found.flip());
            return mismatch < 0 ? OptionalLong.empty() : OptionalLong.of(mismatch);
        }
    }

    /** Number of entries that the header tells, whatever the rest of the file is worth; 0 when there is no whole header. */
    int countInHeader() throws IOException {
        ByteBuffer header = readHeader();
        return header.limit() < HEADER_BYTES ? 0 : header.getInt(COUNT_POSITION);
    }

    /** Whether the file is sound but for its interval: it was written under another setting. */
    boolean isOfAnotherInterval() throws IOException {
        ByteBuffer header = readHeader();
        if (header.limit() < HEADER_BYTES || header.getInt(INTERVAL_POSITION) == intervalBytes) {
            return false;
        }
        return new IndexFile(disk, path, magic, entryBytes, baseOffset, header.getInt(INTERVAL_POSITION))
                .read()
                .isPresent();
    }

    private ByteBuffer readHeader() throws IOException {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            file.read(header, 0);
            return header.flip();
        }
    }

    /** All entries, or nothing when the file is missing or wrong. */
    Optional<IndexEntries> read() throws IOException {
        return read(Integer.MAX_VALUE);
    }

    /** The last entry alone, if there is one; nothing when the file is missing or its header, size or last entry is wrong. */
    Optional<IndexEntries> readLast() throws IOException {
        return read(1);
    }

    private Optional<IndexEntries> read(int maxEntries) throws IOException {
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            if (file.read(header, 0) < HEADER_BYTES || !isSound(header, file.size())) {
                return Optional.empty();
            }
            int count = header.getInt(COUNT_POSITION);
            int wanted = Math.min(count, maxEntries);
            ByteBuffer entries = ByteBuffer.allocate(wanted * entryBytes);
            file.read(entries, HEADER_BYTES + (long) (count - wanted) * entryBytes);
            entries.flip();
            boolean isSound = header.getInt(LAST_ENTRY_CRC_POSITION) == lastEntryCrc(header, lastEntry(entries))
                    && (wanted < count || header.getInt(ENTRIES_CRC_POSITION) == crc(entries));
            return isSound ? Optional.of(IndexEntries.of(entryBytes, entries)) : Optional.empty();
        }
    }

    private boolean isSound(ByteBuffer header, long fileBytes) {
        return header.getInt(0) == magic
                && header.getShort(4) == VERSION
                && header.getShort(6) == entryBytes
                && header.getLong(8) == baseOffset
                && header.getInt(INTERVAL_POSITION) == intervalBytes
                && header.getInt(COUNT_POSITION) >= 0
                // Before anything of that size is allocated.
                && fileBytes == HEADER_BYTES + (long) header.getInt(COUNT_POSITION) * entryBytes
                && fileBytes <= Integer.MAX_VALUE;
    }

    /** The last of the entries from 0 to the limit, or no bytes. */
    private ByteBuffer lastEntry(ByteBuffer entries) {
        int position = Math.max(0, entries.limit() - entryBytes);
        return entries.slice(position, entries.limit() - position);
    }

    private static int lastEntryCrc(ByteBuffer header, ByteBuffer lastEntry) {
        return crc(header.slice(0, LAST_ENTRY_CRC_POSITION), lastEntry);
    }

    private static int crc(ByteBuffer... parts) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : parts) {
            crc.update(part.duplicate());
        }
        return (int) crc.getValue();
    }
}
