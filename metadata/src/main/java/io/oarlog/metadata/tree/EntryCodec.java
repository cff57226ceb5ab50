package io.oarlog.metadata.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands of one node as they lie in the Raft log. All numbers are big-endian.
 *
 * <pre>
 * offset size field
 *      0    1 version (4)
 *      1    4 node id
 *      5    8 incarnation
 *     13    8 sequence
 *     21    8 incarnation that this one replaces
 *     29    4 number of commands, at least 1
 *     33      the commands, one after the other, see {@link CommandCodec}
 * </pre>
 */
public final class EntryCodec {
    /** Bytes of an entry beside its commands. */
    public static final int HEADER_BYTES = 33;

    private static final int VERSION = 4;
    private static final int MAX_ENTRY_BYTES = HEADER_BYTES + CommandCodec.MAX_COMMAND_BYTES;
    private static final int LEAST_COMMAND_BYTES = 9;

    private EntryCodec() {}

    /**
     * An entry's bytes.
     *
     * @param commands as {@link CommandCodec#encode} made them; at most {@link CommandCodec#MAX_COMMAND_BYTES} together
     */
    public static ByteBuffer encode(Origin origin, long sequence, long replaces, List<byte[]> commands) {
        int bytes = HEADER_BYTES;
        for (byte[] command : commands) {
            bytes += command.length;
        }
        if (commands.isEmpty() || bytes > MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException(commands.size() + " commands of " + bytes + " bytes");
        }
        ByteBuffer entry = ByteBuffer.allocate(bytes)
                .put((byte) VERSION)
                .putInt(origin.nodeId())
                .putLong(origin.incarnation())
                .putLong(sequence)
                .putLong(replaces)
                .putInt(commands.size());
        commands.forEach(entry::put);
        return entry.flip();
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @param encoded position to limit is read and copied; left as it is
     * @param acls lets equal access lists be one object
     * @throws UnknownEntryVersionException when the first byte is another version
     * @throws MalformedCommandException when the bytes are not an entry of this version
     */
    public static CommandEntry decode(ByteBuffer encoded, AclPool acls) {
        if (encoded.remaining() > MAX_ENTRY_BYTES) {
            throw new MalformedCommandException("entry of " + encoded.remaining() + " bytes");
        }
        ByteReader in = new ByteReader(encoded);
        int version = in.unsignedByte();
        if (version != VERSION) {
            throw new UnknownEntryVersionException(version, VERSION);
        }
        try {
            Origin origin = new Origin(in.readInt(), in.readLong());
            long sequence = in.readLong();
            long replaces = in.readLong();
            int count = in.count(Integer.MAX_VALUE, LEAST_COMMAND_BYTES);
            if (count == 0) {
                throw new MalformedCommandException("no commands");
            }
            List<TimedCommand> commands = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                commands.add(CommandCodec.read(in, acls));
            }
            in.end();
            return new CommandEntry(origin, sequence, replaces, commands);
        } catch (IllegalArgumentException e) {
            throw new MalformedCommandException("not an entry: " + e.getMessage(), e);
        }
    }
}
