package io.oarlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The file of one index. It is written whole, when its segment gets no more batches, and never trusted: what does not fit
 * its header or its top is as good as missing, and so is an index of another interval or format version. Immutable.
 *
 * <p>The entries lie in pages, and the top tells of each where it begins and what its checksum is. So a lookup takes the top,
 * which {@link IndexPages} keeps, and one page; and a page of another file, whatever it is, does not pass for one of this.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARI" for offsets, "OART" for times
 *      4    2 format version (2)
 *      6    2 bytes of an entry
 *      8    8 base offset of the segment
 *     16    4 bytes of batches between two entries
 *     20    4 number of entries
 *     24    4 CRC-32C of the 24 bytes before and of the top
 *     28      top, 12 bytes for each page: the first 8 bytes of its first entry (8), CRC-32C of the page (4)
 *             pages: 4 KiB of entries each, or less in the last one, see {@link OffsetIndex} and {@link TimeIndex}
 * </pre>
 */
final class IndexFile {
    static final int HEADER_BYTES = 28;
    static final int PAGE_BYTES = 4 * 1024;
    /** Of the first entry of a page, in the top. */
    static final int KEY_BYTES = 8;

    private static final int TOP_ENTRY_BYTES = KEY_BYTES + Integer.BYTES;
    private static final int INTERVAL_POSITION = 16;
    private static final int COUNT_POSITION = 20;
    private static final int CRC_POSITION = 24;
    private static final int OFFSETS_MAGIC = 0x4F415249;
    private static final int TIMES_MAGIC = 0x4F415254;
    private static final short VERSION = 2;

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

    /** What a file says of its pages. Immutable. */
    record Top(int entryCount, ByteBuffer bytes) {
        int pageCount() {
            return bytes.limit() / TOP_ENTRY_BYTES;
        }

        private int crc(int page) {
            return bytes.getInt(page * TOP_ENTRY_BYTES + KEY_BYTES);
        }

        /** The first {@value #KEY_BYTES} bytes of each page. */
        IndexEntries keys() {
            ByteBuffer keys = ByteBuffer.allocate(pageCount() * KEY_BYTES);
            for (int page = 0; page < pageCount(); page++) {
                keys.putLong(bytes.getLong(page * TOP_ENTRY_BYTES));
            }
            return IndexEntries.of(KEY_BYTES, keys.flip());
        }
    }

    /** Replaces the file's content; durable on return, but for the file's name. A crash midway leaves a wrong file. */
    void write(IndexEntries entries) throws IOException {
        ByteBuffer body = entries.bytes();
        ByteBuffer head = head(entries.count(), body);
        try (DiskFile file = disk.open(path)) {
            long bytes = file.write(new ByteBuffer[] {head, body}, 0);
            file.truncate(bytes);
            file.force();
        }
    }

    /** Header and top. */
    private ByteBuffer head(int count, ByteBuffer body) {
        ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES + topBytes(count))
                .putInt(magic)
                .putShort(VERSION)
                .putShort((short) entryBytes)
                .putLong(baseOffset)
                .putInt(intervalBytes)
                .putInt(count)
                .putInt(0);
        for (int page = 0; page < pageCount(count); page++) {
            ByteBuffer bytes = pageIn(body, page);
            head.putLong(bytes.getLong(0)).putInt(crc(bytes));
        }
        head.flip();
        return head.putInt(CRC_POSITION, headCrc(head));
    }

    private int entriesOfAPage() {
        return PAGE_BYTES / entryBytes;
    }

    private int pageCount(int count) {
        return count / entriesOfAPage() + (count % entriesOfAPage() == 0 ? 0 : 1);
    }

    private int topBytes(int count) {
        return pageCount(count) * TOP_ENTRY_BYTES;
    }

    private int positionInBody(int page) {
        return page * entriesOfAPage() * entryBytes;
    }

    private ByteBuffer pageIn(ByteBuffer body, int page) {
        int position = positionInBody(page);
        return body.slice(position, Math.min(entriesOfAPage() * entryBytes, body.limit() - position));
    }

    Path path() {
        return path;
    }

    /** Position of the first byte that is not as {@link #write} would have it for these entries; nothing when all are. */
    OptionalLong firstWrongByte(IndexEntries expected) throws IOException {
        ByteBuffer body = expected.bytes();
        ByteBuffer head = head(expected.count(), body);
        ByteBuffer wanted = ByteBuffer.allocate(head.remaining() + body.remaining())
                .put(head)
                .put(body)
                .flip();
        try (DiskFile file = disk.open(path)) {
            ByteBuffer found = ByteBuffer.allocate(wanted.limit() + 1);
            file.read(found, 0);
            int mismatch = wanted.mismatch(found.flip());
            return mismatch < 0 ? OptionalLong.empty() : OptionalLong.of(mismatch);
        }
    }

    /** Position of the first page that does not fit the top, or 0 when it is the header or the top; nothing when all is sound. */
    OptionalLong firstWrongPage() throws IOException {
        Optional<Top> top = readTop();
        if (top.isEmpty()) {
            return OptionalLong.of(0);
        }
        for (int page = 0; page < top.get().pageCount(); page++) {
            if (readPage(top.get(), page).isEmpty()) {
                return OptionalLong.of(bodyPosition(top.get()) + positionInBody(page));
            }
        }
        return OptionalLong.empty();
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

    /** Whether the file was written by an earlier release, as far as its header tells. */
    boolean isOfAnEarlierVersion() throws IOException {
        ByteBuffer header = readHeader();
        return header.limit() >= HEADER_BYTES
                && header.getInt(0) == magic
                && header.getShort(4) > 0
                && header.getShort(4) < VERSION;
    }

    private ByteBuffer readHeader() throws IOException {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            file.read(header, 0);
            return header.flip();
        }
    }

    /** All entries, or nothing when the file is missing or any part of it is wrong. */
    Optional<IndexEntries> read() throws IOException {
        Optional<Top> top = readTop();
        if (top.isEmpty()) {
            return Optional.empty();
        }
        Optional<ByteBuffer> body = readBody(top.get(), 0, top.get().entryCount() * entryBytes);
        for (int page = 0; page < top.get().pageCount() && body.isPresent(); page++) {
            if (crc(pageIn(body.get(), page)) != top.get().crc(page)) {
                return Optional.empty();
            }
        }
        return body.map(bytes -> IndexEntries.of(entryBytes, bytes));
    }

    /** In one read; nothing when the file is missing or its header, size or top is wrong. */
    Optional<Top> readTop() throws IOException {
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            long fileBytes = file.size();
            if (fileBytes < HEADER_BYTES || fileBytes > Integer.MAX_VALUE) {
                return Optional.empty();
            }
            // The size tells the number of pages, and a wrong count is not believed before anything of its size is
            // allocated.
            int pageAndTopEntry = entriesOfAPage() * entryBytes + TOP_ENTRY_BYTES;
            int pages = (int) ((fileBytes - HEADER_BYTES + pageAndTopEntry - 1) / pageAndTopEntry);
            ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES + pages * TOP_ENTRY_BYTES);
            file.read(head, 0);
            return isSound(head.flip(), fileBytes)
                    ? Optional.of(
                            new Top(head.getInt(COUNT_POSITION), head.slice(HEADER_BYTES, head.limit() - HEADER_BYTES)))
                    : Optional.empty();
        }
    }

    /** In one read; nothing when the file is missing or the page is not the one that the top tells of. */
    Optional<IndexEntries> readPage(Top top, int page) throws IOException {
        int position = positionInBody(page);
        int bytes = Math.min(entriesOfAPage() * entryBytes, top.entryCount() * entryBytes - position);
        return readBody(top, position, bytes)
                .filter(found -> crc(found) == top.crc(page))
                .map(found -> IndexEntries.of(entryBytes, found));
    }

    private Optional<ByteBuffer> readBody(Top top, int positionInBody, int bytes) throws IOException {
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer found = ByteBuffer.allocate(bytes);
            file.read(found, bodyPosition(top) + positionInBody);
            return found.hasRemaining() ? Optional.empty() : Optional.of(found.flip());
        }
    }

    private static long bodyPosition(Top top) {
        return HEADER_BYTES + (long) top.bytes().limit();
    }

    private boolean isSound(ByteBuffer head, long fileBytes) {
        if (head.limit() < HEADER_BYTES) {
            return false;
        }
        int count = head.getInt(COUNT_POSITION);
        return head.getInt(0) == magic
                && head.getShort(4) == VERSION
                && head.getShort(6) == entryBytes
                && head.getLong(8) == baseOffset
                && head.getInt(INTERVAL_POSITION) == intervalBytes
                && count >= 0
                && fileBytes == HEADER_BYTES + (long) topBytes(count) + (long) count * entryBytes
                && head.limit() == HEADER_BYTES + topBytes(count)
                && head.getInt(CRC_POSITION) == headCrc(head);
    }

    private static int headCrc(ByteBuffer head) {
        return crc(head.slice(0, CRC_POSITION), head.slice(HEADER_BYTES, head.limit() - HEADER_BYTES));
    }

    private static int crc(ByteBuffer... parts) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : parts) {
            crc.update(part.duplicate());
        }
        return (int) crc.getValue();
    }
}
