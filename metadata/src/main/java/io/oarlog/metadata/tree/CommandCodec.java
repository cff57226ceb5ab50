package io.oarlog.metadata.tree;

import io.oarlog.metadata.tree.ZnodeCommand.AttachSession;
import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.ClientRequest;
import io.oarlog.metadata.tree.ZnodeCommand.CloseSession;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.DeleteContainer;
import io.oarlog.metadata.tree.ZnodeCommand.ExpireSessions;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.Requestable;
import io.oarlog.metadata.tree.ZnodeCommand.SetAcl;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeCommand.Sync;
import java.util.ArrayList;
import java.util.List;

/**
 * A command as part of an entry, see {@link EntryCodec}. All numbers are big-endian.
 *
 * <pre>
 * offset size field
 *      0    8 time, ms since the epoch
 *      8    1 kind of the command
 *      9      by kind:
 *             1 create          path, 1 mode, 8 session id, acl, data
 *             2 set data        path, 4 expected version, data
 *             3 delete          path, 4 expected version
 *             4 check           path, 4 expected version
 *             5 check same      path, 8 czxid
 *             6 multi           4 number of operations, each: 1 kind (1 to 5, 11) and its fields
 *             7 create session  8 session id, 4 timeout in ms, 16 password
 *             8 close session   8 session id
 *             9 expire sessions 4 number, 8 each
 *            10 sync            nothing
 *            11 set acl         path, 4 expected aversion, acl
 *            12 delete container path
 *            13 attach session  8 session id, 4 timeout in ms, 16 password
 *            14 client request  8 session id, 1 whether quotas are enforced (0, 1), 4 number of identities, each:
 *                               text scheme, text id; then 1 kind (1 to 4, 6, 8, 10, 11) and its fields
 *
 * path: 2 number of bytes shared with the beginning of the previous path of the command, 2 number of bytes that follow, UTF-8
 * data: 4 number of bytes, the bytes; -1 for none at all
 * acl:  4 number of entries, each: 4 permissions, text scheme, text id
 * text: 2 number of bytes, UTF-8
 * </pre>
 *
 * <p>Shared beginnings matter: all znodes of a topic with 10,000 partitions are deleted by one command.
 */
public final class CommandCodec {
    /** Largest encoded command; below the largest Raft entry whatever the settings. */
    public static final int MAX_COMMAND_BYTES = 1_100_000;

    /** Most operations of one multi. */
    public static final int MAX_OPERATIONS = 65_536;

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
    private static final int SET_ACL = 11;
    private static final int DELETE_CONTAINER = 12;
    private static final int ATTACH_SESSION = 13;
    private static final int CLIENT_REQUEST = 14;

    private static final int LEAST_OPERATION_BYTES = 9;
    private static final int LEAST_ACL_BYTES = 8;
    private static final int LEAST_IDENTITY_BYTES = 4;
    private static final int SESSION_ID_BYTES = 8;

    private final ByteReader in;
    private final AclPool acls;

    private CommandCodec(ByteReader in, AclPool acls) {
        this.in = in;
        this.acls = acls;
    }

    /**
     * The command's bytes.
     *
     * @throws CommandTooLargeException above {@link #MAX_COMMAND_BYTES}
     */
    public static byte[] encode(TimedCommand command) {
        ByteWriter out = new ByteWriter(MAX_COMMAND_BYTES);
        out.putLong(command.timeMillis());
        write(out, command.command());
        return out.toArray();
    }

    private static void write(ByteWriter out, ZnodeCommand command) {
        if (command instanceof Create create) {
            out.put(CREATE).putPath(create.path()).put(create.mode().code());
            out.putLong(create.sessionId());
            writeAcl(out, create.acl());
            out.putData(create.data());
        } else if (command instanceof SetData set) {
            out.put(SET_DATA).putPath(set.path()).putInt(set.expectedVersion()).putData(set.data());
        } else if (command instanceof SetAcl set) {
            out.put(SET_ACL).putPath(set.path()).putInt(set.expectedAversion());
            writeAcl(out, set.acl());
        } else if (command instanceof DeleteContainer delete) {
            out.put(DELETE_CONTAINER).putPath(delete.path());
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
            out.putPassword(create.password());
        } else if (command instanceof AttachSession attach) {
            out.put(ATTACH_SESSION).putLong(attach.sessionId()).putInt(attach.timeoutMillis());
            out.putPassword(attach.password());
        } else if (command instanceof CloseSession close) {
            out.put(CLOSE_SESSION).putLong(close.sessionId());
        } else if (command instanceof ExpireSessions expire) {
            out.put(EXPIRE_SESSIONS)
                    .putLong(expire.term())
                    .putInt(expire.sessionIds().size());
            expire.sessionIds().forEach(out::putLong);
        } else if (command instanceof Sync) {
            out.put(SYNC);
        } else if (command instanceof ClientRequest request) {
            out.put(CLIENT_REQUEST).putLong(request.sessionId()).put(request.enforcesQuotas() ? 1 : 0);
            out.putInt(request.identities().size());
            request.identities().forEach(identity -> writeIdentity(out, identity));
            write(out, request.request());
        } else {
            throw new AssertionError(command);
        }
    }

    private static void writeAcl(ByteWriter out, List<Acl> acl) {
        out.putInt(acl.size());
        for (Acl entry : acl) {
            out.putInt(entry.permissions());
            writeIdentity(out, entry.identity());
        }
    }

    private static void writeIdentity(ByteWriter out, Identity identity) {
        out.putText(identity.scheme()).putText(identity.id());
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws MalformedCommandException when the bytes are not a command
     * @throws IllegalArgumentException when it is a command that cannot be
     */
    static TimedCommand read(ByteReader in, AclPool acls) {
        in.beginPaths();
        long timeMillis = in.readLong();
        return new TimedCommand(timeMillis, new CommandCodec(in, acls).command());
    }

    private ZnodeCommand command() {
        int kind = in.unsignedByte();
        return switch (kind) {
            case MULTI -> multi();
            case CREATE_SESSION -> createSession();
            case ATTACH_SESSION -> attachSession();
            case CLOSE_SESSION -> new CloseSession(in.readLong());
            case EXPIRE_SESSIONS -> expireSessions();
            case SYNC -> new Sync();
            case DELETE_CONTAINER -> new DeleteContainer(in.path());
            case CLIENT_REQUEST -> clientRequest();
            default -> operation(kind);
        };
    }

    private Operation operation(int kind) {
        return switch (kind) {
            case CREATE -> create();
            case SET_DATA -> setData();
            case SET_ACL -> setAcl();
            case DELETE -> new Delete(in.path(), in.readInt());
            case CHECK -> new Check(in.path(), in.readInt());
            case CHECK_SAME -> new CheckSame(in.path(), in.readLong());
            default -> throw new MalformedCommandException("command kind " + kind);
        };
    }

    private Create create() {
        String path = in.path();
        CreateMode mode = in.constant(CreateMode.values());
        long sessionId = in.readLong();
        List<Acl> acl = acl();
        return new Create(path, in.data(), acl, mode, sessionId);
    }

    private CreateSession createSession() {
        long sessionId = in.readLong();
        int timeoutMillis = in.readInt();
        return new CreateSession(sessionId, in.password(), timeoutMillis);
    }

    private AttachSession attachSession() {
        long sessionId = in.readLong();
        int timeoutMillis = in.readInt();
        return new AttachSession(sessionId, in.password(), timeoutMillis);
    }

    private ClientRequest clientRequest() {
        long sessionId = in.readLong();
        int enforcesQuotas = in.unsignedByte();
        if (enforcesQuotas > 1) {
            throw new MalformedCommandException("enforcement of quotas " + enforcesQuotas);
        }
        int count = in.count(Integer.MAX_VALUE, LEAST_IDENTITY_BYTES);
        List<Identity> identities = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            identities.add(identity());
        }
        int kind = in.unsignedByte();
        ZnodeCommand request = switch (kind) {
            case MULTI -> multi();
            case CLOSE_SESSION -> new CloseSession(in.readLong());
            case SYNC -> new Sync();
            default -> operation(kind);
        };
        if (request instanceof Requestable requestable) {
            return new ClientRequest(sessionId, identities, enforcesQuotas == 1, requestable);
        }
        throw new MalformedCommandException("a client cannot ask for " + request);
    }

    private SetAcl setAcl() {
        String path = in.path();
        int expectedAversion = in.readInt();
        return new SetAcl(path, acl(), expectedAversion);
    }

    private List<Acl> acl() {
        int count = in.count(Integer.MAX_VALUE, LEAST_ACL_BYTES);
        List<Acl> acl = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            acl.add(new Acl(in.readInt(), identity()));
        }
        return acls.shared(acl);
    }

    private Identity identity() {
        return new Identity(in.text(), in.text());
    }

    private SetData setData() {
        String path = in.path();
        int expectedVersion = in.readInt();
        return new SetData(path, in.data(), expectedVersion);
    }

    private Multi multi() {
        int count = in.count(MAX_OPERATIONS, LEAST_OPERATION_BYTES);
        List<Operation> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            operations.add(operation(in.unsignedByte()));
        }
        return new Multi(operations);
    }

    private ExpireSessions expireSessions() {
        long term = in.readLong();
        int count = in.count(Integer.MAX_VALUE, SESSION_ID_BYTES);
        List<Long> sessionIds = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessionIds.add(in.readLong());
        }
        return new ExpireSessions(term, sessionIds);
    }
}
