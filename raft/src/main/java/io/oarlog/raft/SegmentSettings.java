package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * How a partition's topic wants its segments cut, in a file beside them: a replica that starts takes what it has missed before it
 * learns of its topic, and would cut that by the node's defaults. Immutable.
 *
 * <pre>
 * offset size field
 *      0    4 magic: "OARG"
 *      4    4 segment bytes
 *      8    8 segment milliseconds
 *     16    4 CRC-32C of the bytes before
 * </pre>
 */
record SegmentSettings(int segmentBytes, long segmentMillis) {
    static final String FILE = "segments";

    private static final String NEW_FILE = "segments.new";
    private static final int MAGIC = 0x4F415247;
    private static final int BYTES = 20;
    private static final int CRC_POSITION = 16;

    static SegmentSettings of(LogSettings settings) {
        return new SegmentSettings(settings.segmentBytes(), settings.segmentMillis());
    }

    LogSettings in(LogSettings others) {
        return others.withSegmentBytes(segmentBytes).withSegmentMillis(segmentMillis);
    }

    /** What a partition's directory has; nothing when that is nothing, or damaged: the topic's settings come later then. */
    static Optional<SegmentSettings> read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(FILE);
        if (!disk.exists(path) || disk.size(path) != BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        try (DiskFile file = disk.open(path)) {
            file.read(bytes, 0);
        }
        bytes.flip();
        if (bytes.limit() != BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(CRC_POSITION) != crc(bytes)) {
            return Optional.empty();
        }
        SegmentSettings found = new SegmentSettings(bytes.getInt(4), bytes.getLong(8));
        return found.segmentBytes > 0 && found.segmentMillis > 0 ? Optional.of(found) : Optional.empty();
    }

    /** Puts them in the place of the directory's, atomically; durable on return. */
    void write(Disk disk, Path directory) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .putInt(MAGIC)
                .putInt(segmentBytes)
                .putLong(segmentMillis)
                .putInt(0)
                .flip();
        bytes.putInt(CRC_POSITION, crc(bytes));
        try (DiskFile file = disk.open(directory.resolve(NEW_FILE))) {
            file.truncate(file.write(new ByteBuffer[] {bytes}, 0));
            file.force();
        }
        disk.move(directory.resolve(NEW_FILE), directory.resolve(FILE));
        disk.syncDirectory(directory);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, CRC_POSITION));
        return (int) crc.getValue();
    }
}
