package io.oarlog.metadata.tree;

import io.oarlog.metadata.tree.ZnodeResult.Checked;
import io.oarlog.metadata.tree.ZnodeResult.Created;
import io.oarlog.metadata.tree.ZnodeResult.DataSet;
import io.oarlog.metadata.tree.ZnodeResult.Deleted;
import io.oarlog.metadata.tree.ZnodeResult.Failed;
import io.oarlog.metadata.tree.ZnodeResult.MultiDone;
import io.oarlog.metadata.tree.ZnodeResult.MultiFailed;
import io.oarlog.metadata.tree.ZnodeResult.SessionCreated;
import io.oarlog.metadata.tree.ZnodeResult.SessionsEnded;
import io.oarlog.metadata.tree.ZnodeResult.Synced;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The outcome of a command on its way back to whoever proposed it. All numbers are big-endian.
 *
 * <pre>
 * offset size field
 *      0    1 version (1)
 *      1    8 zxid
 *      9    1 kind of the result
 *     10      by kind:
 *             1 created         path, stat
 *             2 data set        stat
 *             3 deleted         nothing
 *             4 checked         nothing
 *             5 multi done      4 number of results, each: 1 kind (1 to 4) and its fields
 *             6 multi failed    4 number of operations, 4 index of the failed one, 1 error
 *             7 session created nothing
 *             8 sessions ended  4 number, 8 session id each
 *             9 synced          nothing
 *            10 failed          1 error
 *
 * path: as in {@link CommandCodec}
 * stat: 8 czxid, 8 mzxid, 8 pzxid, 8 ctime, 8 mtime, 4 version, 4 cversion, 8 ephemeral owner, 4 data length, 4 children
 * </pre>
 */
public final class OutcomeCodec {
    private static final int VERSION = 1;
    private static final int CREATED = 1;
    private static final int DATA_SET = 2;
    private static final int DELETED = 3;
    private static final int CHECKED = 4;
    private static final int MULTI_DONE = 5;
    private static final int MULTI_FAILED = 6;
    private static final int SESSION_CREATED = 7;
    private static final int SESSIONS_ENDED = 8;
    private static final int SYNCED = 9;
    private static final int FAILED = 10;

    private static final int SESSION_ID_BYTES = 8;

    private OutcomeCodec() {}

    public static byte[] encode(CommandOutcome outcome) {
        ByteWriter out = new ByteWriter(Integer.MAX_VALUE);
        out.put(VERSION).putLong(outcome.zxid());
        write(out, outcome.result());
        return out.toArray();
    }

    private static void write(ByteWriter out, ZnodeResult result) {
        if (result instanceof Created created) {
            out.put(CREATED).putPath(created.path());
            writeStat(out, created.stat());
        } else if (result instanceof DataSet set) {
            out.put(DATA_SET);
            writeStat(out, set.stat());
        } else if (result instanceof Deleted) {
            out.put(DELETED);
        } else if (result instanceof Checked) {
            out.put(CHECKED);
        } else if (result instanceof MultiDone multi) {
            out.put(MULTI_DONE).putInt(multi.results().size());
            multi.results().forEach(part -> write(out, part));
        } else if (result instanceof MultiFailed multi) {
            out.put(MULTI_FAILED).putInt(multi.operations()).putInt(multi.failedAt());
            out.putText(multi.error().name());
        } else if (result instanceof SessionCreated) {
            out.put(SESSION_CREATED);
        } else if (result instanceof SessionsEnded ended) {
            out.put(SESSIONS_ENDED).putInt(ended.sessionIds().size());
            ended.sessionIds().forEach(out::putLong);
        } else if (result instanceof Synced) {
            out.put(SYNCED);
        } else if (result instanceof Failed failed) {
            out.put(FAILED).putText(failed.error().name());
        } else {
            throw new AssertionError(result);
        }
    }

    private static void writeStat(ByteWriter out, ZnodeStat stat) {
        out.putLong(stat.czxid()).putLong(stat.mzxid()).putLong(stat.pzxid());
        out.putLong(stat.ctimeMillis()).putLong(stat.mtimeMillis());
        out.putInt(stat.version()).putInt(stat.cversion()).putInt(stat.aversion());
        out.putLong(stat.ephemeralOwner()).putInt(stat.dataLength()).putInt(stat.numChildren());
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @param encoded position to limit is read; left as it is
     * @throws MalformedCommandException when the bytes are not an outcome of this version
     */
    public static CommandOutcome decode(ByteBuffer encoded) {
        ByteReader in = new ByteReader(encoded);
        int version = in.unsignedByte();
        if (version != VERSION) {
            throw new MalformedCommandException("outcome version " + version + ", expected " + VERSION);
        }
        long zxid = in.readLong();
        try {
            CommandOutcome outcome = new CommandOutcome(zxid, read(in));
            in.end();
            return outcome;
        } catch (IllegalArgumentException e) {
            throw new MalformedCommandException("not an outcome: " + e.getMessage(), e);
        }
    }

    private static ZnodeResult read(ByteReader in) {
        int kind = in.unsignedByte();
        return switch (kind) {
            case MULTI_DONE -> multiDone(in);
            case MULTI_FAILED -> new MultiFailed(in.readInt(), in.readInt(), error(in));
            case SESSION_CREATED -> new SessionCreated();
            case SESSIONS_ENDED -> sessionsEnded(in);
            case SYNCED -> new Synced();
            case FAILED -> new Failed(error(in));
            default -> operationResult(kind, in);
        };
    }

    private static ZnodeResult operationResult(int kind, ByteReader in) {
        return switch (kind) {
            case CREATED -> new Created(in.path(), stat(in));
            case DATA_SET -> new DataSet(stat(in));
            case DELETED -> new Deleted();
            case CHECKED -> new Checked();
            default -> throw new MalformedCommandException("result kind " + kind);
        };
    }

    private static MultiDone multiDone(ByteReader in) {
        int count = in.count(CommandCodec.MAX_OPERATIONS, 1);
        List<ZnodeResult> results = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            results.add(operationResult(in.unsignedByte(), in));
        }
        return new MultiDone(results);
    }

    private static SessionsEnded sessionsEnded(ByteReader in) {
        int count = in.count(Integer.MAX_VALUE, SESSION_ID_BYTES);
        List<Long> sessionIds = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessionIds.add(in.readLong());
        }
        return new SessionsEnded(sessionIds);
    }

    private static ZnodeStat stat(ByteReader in) {
        return new ZnodeStat(
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                in.readInt(),
                in.readInt());
    }

    private static ZnodeError error(ByteReader in) {
        return ZnodeError.valueOf(in.text());
    }
}
