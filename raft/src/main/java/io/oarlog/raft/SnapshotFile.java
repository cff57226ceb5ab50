package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * A state of a hosted machine on disk; the name tells the Raft index up to which commands are applied in it. Immutable.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARS"
 *      4    2 format version: 1
 *      6    2 zero
 *      8    8 term of the last command applied
 *     16    8 index of the last command applied
 *     24      what the machine wrote
 *     -4    4 CRC-32C of all bytes before
 * </pre>
 */
record SnapshotFile(Path path, long index) {
    private static final Pattern NAME = Pattern.compile("snapshot-(\\d{20})");
    private static final String NEW_SUFFIX = ".new";
    private static final int MAGIC = 0x4F415253;
    private static final short VERSION = 1;
    static final int HEADER_BYTES = 24;
    static final int CRC_BYTES = Integer.BYTES;

    static SnapshotFile in(Path directory, long index) {
        return new SnapshotFile(directory.resolve(String.format(Locale.ROOT, "snapshot-%020d", index)), index);
    }

    /** The snapshot that has such a name; nothing when it is the name of something else. */
    static Optional<SnapshotFile> of(Path path) {
        Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
        return name.matches() ? Optional.of(new SnapshotFile(path, Long.parseLong(name.group(1)))) : Optional.empty();
    }

    /** Whether a name is that of a snapshot which was being written. */
    static boolean isUnfinished(Path path) {
        return String.valueOf(path.getFileName()).endsWith(NEW_SUFFIX);
    }

    /** Where it is written before it gets its name. */
    Path unfinished() {
        return path.resolveSibling(path.getFileName() + NEW_SUFFIX);
    }

    /**
     * Writes a state to {@link #unfinished}. Its bytes are durable when this returns, its name is not.
     *
     * @param isCancelled looked at now and then; a cancelled write fails
     */
    void write(Disk disk, long term, SnapshotSource.Snapshot content, BooleanSupplier isCancelled) throws IOException {
        try (DiskFile file = disk.open(unfinished())) {
            file.truncate(0);
            SnapshotOutput out = new SnapshotOutput(file, isCancelled);
            out.write(ByteBuffer.allocate(HEADER_BYTES)
                    .putInt(MAGIC)
                    .putShort(VERSION)
                    .putShort((short) 0)
                    .putLong(term)
                    .putLong(index)
                    .array());
            content.writeTo(out);
            out.finish();
            file.force();
        }
    }

    /**
     * Reads all of a file that has this snapshot's bytes.
     *
     * @param where this one's path, or where it is before it has its name
     * @return of the last command applied
     * @throws DamagedSnapshotException when it is not whole, or not what its name says
     */
    TermIndex verify(Disk disk, Path where) throws IOException {
        try (DiskFile file = disk.open(where)) {
            long end = file.size() - CRC_BYTES;
            if (end < HEADER_BYTES) {
                throw damaged(where, "is cut off, it has " + file.size() + " bytes");
            }
            ByteBuffer stored = ByteBuffer.allocate(CRC_BYTES);
            file.read(stored, end);
            int found = crc(file, end);
            if (stored.getInt(0) != found) {
                throw damaged(where, String.format(Locale.ROOT, "has CRC %08x, not %08x", found, stored.getInt(0)));
            }
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            file.read(header, 0);
            if (header.getInt(0) != MAGIC || header.getShort(4) != VERSION || header.getLong(16) != index) {
                throw damaged(where, "does not begin as the snapshot at index " + index + " in format " + VERSION);
            }
            return TermIndex.valueOf(header.getLong(8), index);
        }
    }

    private static int crc(DiskFile file, long end) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer piece = ByteBuffer.allocate(SnapshotOutput.BUFFER_BYTES);
        for (long position = 0; position < end; position += piece.limit()) {
            piece.clear().limit((int) Math.min(piece.capacity(), end - position));
            file.read(piece, position);
            crc.update(piece.flip());
        }
        return (int) crc.getValue();
    }

    private static DamagedSnapshotException damaged(Path where, String how) {
        return new DamagedSnapshotException("snapshot " + where + " " + how);
    }

    /** Reads what the machine wrote. */
    interface Reading<T> {
        T read(InputStream in) throws IOException;
    }

    /** Has what the machine wrote read; the bytes are verified before. */
    <T> T read(Disk disk, Reading<T> reading) throws IOException {
        try (DiskFile file = disk.open(path);
                InputStream in = new SnapshotInput(file, HEADER_BYTES, file.size() - CRC_BYTES)) {
            return reading.read(in);
        } catch (IOException e) {
            throw new IOException("snapshot " + path + " cannot be restored: " + e.getMessage(), e);
        }
    }

    /** Hands what the machine wrote to one that reads it; the bytes are verified before. */
    void restore(Disk disk, SnapshotSource machine) throws IOException {
        var unused = read(disk, in -> {
            machine.restore(in);
            return Boolean.TRUE;
        });
    }
}
