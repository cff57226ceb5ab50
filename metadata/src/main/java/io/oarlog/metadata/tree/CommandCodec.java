package io.oarlog.metadata.tree;

import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.CloseSession;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.ExpireSessions;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeCommand.Sync;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A command as it lies in the Raft log. All numbers are big-endian.
 *
 * <pre>
 * offset size field
 *      0    1 version (1)
 *      1    8 time, ms since the epoch
 *      9    1 kind of the command
 *     10      by kind:
 *             1 create          path, 1 mode, 8 session id, data
 *             2 set data        path, 4 expected version, data
 *             3 delete          path, 4 expected version
 *             4 check           path, 4 expected version
 *             5 check same      path, 8 czxid
 *             6 multi           4 number of operations, each: 1 kind (1 to 5) and its fields
 *             7 create session  8 session id, 4 timeout in ms
 *             8 close session   8 session id
 *             9 expire sessions 4 number, 8 each
 *            10 sync            nothing
 *
 * path: 2 number of bytes shared with the beginning of the previous path of the command, 2 number of bytes that follow, UTF-8
 * data: 4 number of bytes, the bytes
 * </pre>
 *
 * <p>Shared beginnings matter: all znodes of a topic with 10,000 partitions are deleted by one command.
 */
public final class CommandCodec {
    /** Largest encoded command; below the largest Raft entry whatever the settings. */
    public static final int MAX_COMMAND_BYTES = 1_100_000;

    /** Most operations of one multi. */
    public static final int MAX_OPERATIONS = 65_536;

    private static final int VERSION = 1;
    private static final int CREATE = 1;
    private static final int SET_DATA = 2;
    private static final int DELETE = 3;
    private static final int CHECK = 4;
    private static final int CHECK_SAME = 5;
    private static final int MULTI = 6;
    private static final int CREATE_SESSION = 7;
    private static final int CLOSE_SESSION = 8;
    private static final int EXPIRE_SESSIONS = 9;
    private static final int SYNC = 10;

    private static final int LEAST_OPERATION_BYTES = 9;
    private static final int SESSION_ID_BYTES = 8;

    private CommandCodec() {}

    /**
     * The command's bytes.
     *
     * @throws CommandTooLargeException above {@link #MAX_COMMAND_BYTES}
     */
    public static byte[] encode(TimedCommand command) {
        ByteWriter out = new ByteWriter(MAX_COMMAND_BYTES);
        out.put(VERSION).putLong(command.timeMillis());
        write(out, command.command());
        return out.toArray();
    }

    private static void write(ByteWriter out, ZnodeCommand command) {
        if (command instanceof Create create) {
            out.put(CREATE).putPath(create.path()).put(create.mode().code());
            out.putLong(create.sessionId()).putData(create.data());
        } else if (command instanceof SetData set) {
            out.put(SET_DATA).putPath(set.path()).putInt(set.expectedVersion()).putData(set.data());
        } else if (command instanceof Delete delete) {
            out.put(DELETE).putPath(delete.path()).putInt(delete.expectedVersion());
        } else if (command instanceof Check check) {
            out.put(CHECK).putPath(check.path()).putInt(check.expectedVersion());
        } else if (command instanceof CheckSame check) {
            out.put(CHECK_SAME).putPath(check.path()).putLong(check.czxid());
        } else if (command instanceof Multi multi) {
            out.put(MULTI).putInt(multi.operations().size());
            multi.operations().forEach(operation -> write(out, operation));
        } else if (command instanceof CreateSession create) {
            out.put(CREATE_SESSION).putLong(create.sessionId()).putInt(create.timeoutMillis());
        } else if (command instanceof CloseSession close) {
            out.put(CLOSE_SESSION).putLong(close.sessionId());
        } else if (command instanceof ExpireSessions expire) {
            out.put(EXPIRE_SESSIONS).putInt(expire.sessionIds().size());
            expire.sessionIds().forEach(out::putLong);
        } else if (command instanceof Sync) {
            out.put(SYNC);
        } else {
            throw new AssertionError(command);
        }
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @param encoded position to limit is read and copied; left as it is
     * @throws MalformedCommandException when the bytes are not a command of this version
     */
    public static TimedCommand decode(ByteBuffer encoded) {
        if (encoded.remaining() > MAX_COMMAND_BYTES) {
            throw new MalformedCommandException("command of " + encoded.remaining() + " bytes");
        }
        ByteReader in = new ByteReader(encoded);
        int version = in.unsignedByte();
        if (version != VERSION) {
            throw new MalformedCommandException("command version " + version + ", expected " + VERSION);
        }
        long timeMillis = in.readLong();
        try {
            TimedCommand command = new TimedCommand(timeMillis, read(in));
            in.end();
            return command;
        } catch (IllegalArgumentException e) {
            throw new MalformedCommandException("not a command: " + e.getMessage(), e);
        }
    }

    private static ZnodeCommand read(ByteReader in) {
        int kind = in.unsignedByte();
        return switch (kind) {
            case MULTI -> multi(in);
            case CREATE_SESSION -> new CreateSession(in.readLong(), in.readInt());
            case CLOSE_SESSION -> new CloseSession(in.readLong());
            case EXPIRE_SESSIONS -> expireSessions(in);
            case SYNC -> new Sync();
            default -> operation(kind, in);
        };
    }

    private static Operation operation(int kind, ByteReader in) {
        return switch (kind) {
            case CREATE -> create(in);
            case SET_DATA -> setData(in);
            case DELETE -> new Delete(in.path(), in.readInt());
            case CHECK -> new Check(in.path(), in.readInt());
            case CHECK_SAME -> new CheckSame(in.path(), in.readLong());
            default -> throw new MalformedCommandException("command kind " + kind);
        };
    }

    private static Create create(ByteReader in) {
        String path = in.path();
        CreateMode mode = in.constant(CreateMode.values());
        long sessionId = in.readLong();
        return new Create(path, in.data(), mode, sessionId);
    }

    private static SetData setData(ByteReader in) {
        String path = in.path();
        int expectedVersion = in.readInt();
        return new SetData(path, in.data(), expectedVersion);
    }

    private static Multi multi(ByteReader in) {
        int count = in.count(MAX_OPERATIONS, LEAST_OPERATION_BYTES);
        List<Operation> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            operations.add(operation(in.unsignedByte(), in));
        }
        return new Multi(operations);
    }

    private static ExpireSessions expireSessions(ByteReader in) {
        int count = in.count(Integer.MAX_VALUE, SESSION_ID_BYTES);
        List<Long> sessionIds = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessionIds.add(in.readLong());
        }
        return new ExpireSessions(sessionIds);
    }
}
