package io.oarlog.log;

import java.nio.ByteBuffer;

/**
 * The entries of one index, as they are in its file. Single writer, many readers: a reader that looks at entries below a
 * {@link #count} it was given never sees one change.
 */
final class IndexEntries {
    private static final int FIRST_CAPACITY = 32;

    /** The volatile carries the entries' bytes to the readers together with their count. */
    private record Published(ByteBuffer bytes, int count) {}

    private final int entryBytes;
    private volatile Published published;

    private IndexEntries(int entryBytes, Published published) {
        this.entryBytes = entryBytes;
        this.published = published;
    }

    static IndexEntries empty(int entryBytes) {
        return new IndexEntries(entryBytes, new Published(ByteBuffer.allocate(entryBytes * FIRST_CAPACITY), 0));
    }

    /** @param bytes whole entries from 0 to the limit; kept */
    static IndexEntries of(int entryBytes, ByteBuffer bytes) {
        return new IndexEntries(entryBytes, new Published(bytes, bytes.limit() / entryBytes));
    }

    void add(ByteBuffer entry) {
        Published current = published;
        ByteBuffer bytes = current.bytes();
        int position = current.count() * entryBytes;
        if (position == bytes.capacity()) {
            bytes = ByteBuffer.allocate(bytes.capacity() * 2).put(0, bytes, 0, position);
        }
        bytes.put(position, entry, 0, entryBytes);
        published = new Published(bytes, current.count() + 1);
    }

    int count() {
        return published.count();
    }

    int intAt(int entry, int positionInEntry) {
        return published.bytes().getInt(entry * entryBytes + positionInEntry);
    }

    long longAt(int entry, int positionInEntry) {
        return published.bytes().getLong(entry * entryBytes + positionInEntry);
    }

    /** A copy of the first entries, with room to grow. */
    IndexEntries first(int count) {
        ByteBuffer copy = ByteBuffer.allocate(entryBytes * Math.max(count, FIRST_CAPACITY));
        copy.put(0, published.bytes(), 0, count * entryBytes);
        return new IndexEntries(entryBytes, new Published(copy, count));
    }

    /** All entries, read-only, from position 0 to the limit. */
    ByteBuffer bytes() {
        Published current = published;
        return current.bytes().slice(0, current.count() * entryBytes).asReadOnlyBuffer();
    }
}
