package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A group's {@link ElectionState} on disk, in two places that are written in turn: one of them is whole whenever the power
 * fails. All bytes are there from the start, so that a full disk takes the next state as well. Opened for each state, which
 * are few: the JDK closes a file when a thread is interrupted in it, as Ratis does with those that ask for votes. Thread-safe.
 *
 * <pre>
 * offset size field, in each place of 4096 bytes
 *      0    4 magic: "OARE"
 *      4    2 format version: 2
 *      6    2 zero
 *      8    8 number of the state, from 1; the higher one of the two counts
 *     16    8 term
 *     24    4 length of the name of whom was voted for, 0: nobody
 *     28   32 that name, zeroes behind it
 *     60    4 CRC-32C of all bytes before
 * </pre>
 *
 * <p>Version 1 has a node id in place of the length, -1 for nobody, and the CRC behind that.
 */
final class ElectionStateFile {
    static final String NAME = "election-state";

    private static final int MAGIC = 0x4F415245;
    private static final short VERSION = 2;
    private static final short VERSION_OF_NODES = 1;
    /** No sector of a disk is larger: to write the one place does not touch the other. */
    static final int PLACE_BYTES = 4096;

    private static final int PLACES = 2;
    private static final int NAME_AT = 28;
    private static final int CRC_AT = NAME_AT + PeerIds.MAX_LENGTH;
    private static final int STATE_BYTES = CRC_AT + Integer.BYTES;

    private final Disk disk;
    private final Path path;
    /** Guarded by this; read without to see that nothing is to be done. */
    private volatile @Nullable ElectionState last;

    private long lastNumber; // guarded by this

    private ElectionStateFile(Disk disk, Path path, Numbered newest) {
        this.disk = disk;
        this.path = path;
        this.last = newest.state();
        this.lastNumber = newest.number();
    }

    /**
     * Opens the file of a group's directory, which is there; creates it, durably, when it is missing.
     *
     * @throws IOException also when there is no room to create it; then nothing of it counts
     */
    static ElectionStateFile open(Disk disk, Path groupDirectory) throws IOException {
        Path path = groupDirectory.resolve(NAME);
        try (DiskFile file = disk.open(path)) {
            Numbered first = read(file, 0);
            Numbered second = read(file, 1);
            Numbered newest = first.number() > second.number() ? first : second;
            if (newest.state() == null && file.size() < PLACES * PLACE_BYTES) {
                file.write(new ByteBuffer[] {ByteBuffer.allocate(PLACES * PLACE_BYTES)}, 0);
                file.force();
                disk.syncDirectory(groupDirectory);
            }
            return new ElectionStateFile(disk, path, newest);
        }
    }

    private record Numbered(long number, @Nullable ElectionState state) {
        static final Numbered NONE = new Numbered(0, null);
    }

    private static Numbered read(DiskFile file, int place) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(STATE_BYTES);
        file.read(bytes, (long) place * PLACE_BYTES);
        bytes.flip();
        if (bytes.remaining() < STATE_BYTES || bytes.getInt() != MAGIC) {
            return Numbered.NONE; // never written
        }
        short version = bytes.getShort();
        int crcAt = version == VERSION_OF_NODES ? NAME_AT : CRC_AT;
        if (crc(bytes, crcAt) != bytes.getInt(crcAt)) {
            return Numbered.NONE; // torn by a power cut: then the other one holds
        } else if (version != VERSION && version != VERSION_OF_NODES) {
            throw new IOException("the election state has format version " + version + ", this build knows " + VERSION);
        }
        String votedFor = version == VERSION_OF_NODES ? nodeVotedFor(bytes) : nameVotedFor(bytes);
        return new Numbered(bytes.getLong(8), new ElectionState(bytes.getLong(16), votedFor));
    }

    private static String nodeVotedFor(ByteBuffer bytes) {
        int node = bytes.getInt(24);
        return node < 0 ? ElectionState.NOBODY : Integer.toString(node);
    }

    private static String nameVotedFor(ByteBuffer bytes) throws IOException {
        int length = bytes.getInt(24);
        if (length < 0 || length > PeerIds.MAX_LENGTH) {
            throw new IOException("the election state names somebody with " + length + " characters");
        }
        byte[] name = new byte[length];
        bytes.get(NAME_AT, name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    private static int crc(ByteBuffer bytes, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().clear().limit(end));
        return (int) crc.getValue();
    }

    /** The state that was saved last; nothing when none ever was. */
    Optional<ElectionState> last() {
        return Optional.ofNullable(last);
    }

    /**
     * Saves a state, unless it is the last one already. Durable on return.
     *
     * @throws IOException when it may not be durable; the one before is still there
     */
    void save(ElectionState state) throws IOException {
        if (!state.equals(last)) {
            write(state);
        }
    }

    private synchronized void write(ElectionState state) throws IOException {
        ElectionState before = last;
        if (before != null && before.covers(state)) {
            return; // another thread was faster with what is newer
        }
        byte[] name = state.votedFor().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(STATE_BYTES)
                .putInt(MAGIC)
                .putShort(VERSION)
                .putShort((short) 0)
                .putLong(lastNumber + 1)
                .putLong(state.term())
                .putInt(name.length)
                .put(name);
        bytes.putInt(CRC_AT, crc(bytes, CRC_AT)).clear();
        try (DiskFile file = disk.open(path)) {
            file.write(new ByteBuffer[] {bytes}, (lastNumber + 1) % PLACES * PLACE_BYTES);
            file.force();
        }
        lastNumber++;
        last = state;
    }
}
