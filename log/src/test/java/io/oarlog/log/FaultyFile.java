package io.oarlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Both images of one file of a {@link FaultyDisk}. Not thread-safe: guarded by the disk's monitor. */
final class FaultyFile {
    private static final int SECTOR_BYTES = 512;
    private static final int FIRST_CAPACITY = 256;

    /** A write, or without bytes a truncation to a size. */
    private record Change(long position, @Nullable ByteBuffer bytes) {}

    /** Bytes that grow as a file does. */
    private static final class Image {
        private byte[] bytes = new byte[FIRST_CAPACITY];
        private int size;

        void put(long position, ByteBuffer source) {
            resize(Math.max(size, Math.toIntExact(position + source.remaining())));
            source.duplicate().get(bytes, (int) position, source.remaining());
        }

        void resize(int newSize) {
            if (newSize > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(newSize, bytes.length * 2));
            }
            // What lies beyond the end must read as zeros when the file grows again.
            Arrays.fill(bytes, Math.min(size, newSize), Math.max(size, newSize), (byte) 0);
            size = newSize;
        }

        byte[] content() {
            return Arrays.copyOf(bytes, size);
        }
    }

    private Image seen = new Image();
    private final Image durable = new Image();
    private final List<Change> unforced = new ArrayList<>();

    static FaultyFile durable(byte[] content) {
        FaultyFile file = new FaultyFile();
        file.write(0, content);
        file.force();
        return file;
    }

    int size() {
        return seen.size;
    }

    byte[] content() {
        return seen.content();
    }

    /** @param bytes kept */
    void write(long position, byte[] bytes) {
        seen.put(position, ByteBuffer.wrap(bytes));
        unforced.add(new Change(position, ByteBuffer.wrap(bytes)));
    }

    void truncate(long size) {
        if (size < seen.size) {
            seen.resize((int) size);
            unforced.add(new Change(size, null));
        }
    }

    boolean hasUnforced() {
        return !unforced.isEmpty();
    }

    int read(byte[] target, long position) {
        int bytes = (int) Math.max(0, Math.min(target.length, seen.size - position));
        System.arraycopy(seen.bytes, (int) Math.min(position, seen.size), target, 0, bytes);
        return bytes;
    }

    void force() {
        unforced.forEach(this::applyDurably);
        unforced.clear();
    }

    /** A part of what should have become durable does; the rest is never tried again. */
    void failForce(SplittableRandom random) {
        scatter(random);
        unforced.clear();
    }

    void flip(long position, int bits) {
        seen.bytes[(int) position] ^= (byte) bits;
        if (position < durable.size) {
            durable.bytes[(int) position] ^= (byte) bits;
        }
    }

    void powerCut(FaultyDisk.Unsynced unsynced, SplittableRandom random) {
        switch (unsynced) {
            case LOST -> unforced.clear();
            case SCATTERED -> scatter(random);
            case TORN -> tearLast(random);
            case KEPT -> force();
        }
        unforced.clear();
        seen = new Image();
        seen.put(0, ByteBuffer.wrap(durable.bytes, 0, durable.size));
    }

    private void scatter(SplittableRandom random) {
        for (Change change : unforced) {
            ByteBuffer bytes = change.bytes();
            if (random.nextInt(3) > 0) {
                if (bytes == null || random.nextBoolean()) {
                    applyDurably(change);
                } else {
                    tear(change.position(), bytes, random);
                }
            }
        }
        if (random.nextInt(4) == 0 && durable.size < seen.size) {
            // The new size reached the disk, bytes did not.
            durable.resize(seen.size);
        }
    }

    private void tearLast(SplittableRandom random) {
        int last = unforced.size() - 1;
        for (int i = 0; i <= last; i++) {
            Change change = unforced.get(i);
            ByteBuffer bytes = change.bytes();
            if (i == last && bytes != null) {
                tear(change.position(), bytes, random);
            } else {
                applyDurably(change);
            }
        }
    }

    /**
     * Each sector's part of a write reaches the disk or does not; then the file may not reach so far, or hold zeros or
     * anything there.
     */
    private void tear(long position, ByteBuffer bytes, SplittableRandom random) {
        int from = 0;
        while (from < bytes.limit()) {
            int length = (int) Math.min(bytes.limit() - from, SECTOR_BYTES - (position + from) % SECTOR_BYTES);
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> durable.put(position + from, bytes.slice(from, length));
                case 4 -> durable.put(position + from, ByteBuffer.allocate(length));
                case 5 -> durable.put(position + from, garbage(length, random));
                default -> {}
            }
            from += length;
        }
    }

    private static ByteBuffer garbage(int length, SplittableRandom random) {
        byte[] garbage = new byte[length];
        random.nextBytes(garbage);
        return ByteBuffer.wrap(garbage);
    }

    private void applyDurably(Change change) {
        ByteBuffer bytes = change.bytes();
        if (bytes != null) {
            durable.put(change.position(), bytes);
        } else if (change.position() < durable.size) {
            durable.resize((int) change.position());
        }
    }
}
