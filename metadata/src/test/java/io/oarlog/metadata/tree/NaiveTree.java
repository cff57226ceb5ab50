package io.oarlog.metadata.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The same rules over one flat map of paths, slow and plain: what {@link ZnodeTree} is compared with. */
final class NaiveTree {
    private Map<String, ZnodeStat> stats = new TreeMap<>();
    private Map<String, ZnodeData> contents = new TreeMap<>();
    private Map<String, Integer> created = new TreeMap<>();
    private final TreeSet<Long> sessions = new TreeSet<>();

    NaiveTree() {
        stats.put("/", new ZnodeStat(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        contents.put("/", ZnodeData.EMPTY);
        created.put("/", 0);
    }

    Map<String, ZnodeStat> stats() {
        return stats;
    }

    Map<String, ZnodeData> contents() {
        return contents;
    }

    Set<Long> sessions() {
        return sessions;
    }

    List<String> ephemerals(long session) {
        return stats.keySet().stream()
                .filter(path -> stat(path).ephemeralOwner() == session)
                .toList();
    }

    /** The error, or null when the command was done. */
    @Nullable
    ZnodeError apply(long zxid, TimedCommand timed) {
        ZnodeCommand command = timed.command();
        if (command instanceof ZnodeCommand.Multi multi) {
            Map<String, ZnodeStat> statsBefore = new TreeMap<>(stats);
            Map<String, ZnodeData> contentsBefore = new TreeMap<>(contents);
            Map<String, Integer> createdBefore = new TreeMap<>(created);
            for (ZnodeCommand.Operation operation : multi.operations()) {
                ZnodeError error = operation(zxid, timed.timeMillis(), operation);
                if (error != null) {
                    stats = statsBefore;
                    contents = contentsBefore;
                    created = createdBefore;
                    return error;
                }
            }
            return null;
        } else if (command instanceof ZnodeCommand.Operation operation) {
            return operation(zxid, timed.timeMillis(), operation);
        } else if (command instanceof ZnodeCommand.CreateSession create) {
            sessions.add(create.sessionId());
        } else if (command instanceof ZnodeCommand.CloseSession close) {
            return end(close.sessionId(), zxid) ? null : ZnodeError.SESSION_EXPIRED;
        } else if (command instanceof ZnodeCommand.ExpireSessions expire) {
            expire.sessionIds().forEach(session -> end(session, zxid));
        }
        return null;
    }

    private boolean end(long session, long zxid) {
        if (!sessions.remove(session)) {
            return false;
        }
        ephemerals(session).forEach(path -> remove(path, zxid));
        return true;
    }

    private @Nullable ZnodeError operation(long zxid, long time, ZnodeCommand.Operation operation) {
        String path = operation.path();
        if (path.contains("//") || (path.equals("/") && operation instanceof ZnodeCommand.Delete)) {
            return ZnodeError.INVALID_PATH;
        } else if (operation instanceof ZnodeCommand.Create create) {
            return create(zxid, time, create);
        } else if (!stats.containsKey(path)) {
            return ZnodeError.NO_NODE;
        } else if (operation instanceof ZnodeCommand.CheckSame check) {
            return stat(path).czxid() == check.czxid() ? null : ZnodeError.BAD_VERSION;
        } else if (operation instanceof ZnodeCommand.SetData set) {
            return matches(path, set.expectedVersion()) ? set(zxid, time, set) : ZnodeError.BAD_VERSION;
        } else if (operation instanceof ZnodeCommand.Check check) {
            return matches(path, check.expectedVersion()) ? null : ZnodeError.BAD_VERSION;
        }
        ZnodeCommand.Delete delete = (ZnodeCommand.Delete) operation;
        if (!matches(path, delete.expectedVersion())) {
            return ZnodeError.BAD_VERSION;
        } else if (stat(path).numChildren() > 0) {
            return ZnodeError.NOT_EMPTY;
        }
        remove(path, zxid);
        return null;
    }

    private @Nullable ZnodeError create(long zxid, long time, ZnodeCommand.Create create) {
        if (create.path().equals("/") && !create.mode().isSequential()) {
            return ZnodeError.NODE_EXISTS;
        } else if (create.sessionId() != 0 && !sessions.contains(create.sessionId())) {
            return ZnodeError.SESSION_EXPIRED;
        }
        String parent = parent(create.path());
        if (!stats.containsKey(parent)) {
            return ZnodeError.NO_NODE;
        }
        String path = create.mode().isSequential()
                ? create.path() + String.format("%010d", created.get(parent))
                : create.path();
        if (stats.containsKey(path)) {
            return ZnodeError.NODE_EXISTS;
        } else if (stat(parent).ephemeralOwner() != 0) {
            return ZnodeError.NO_CHILDREN_FOR_EPHEMERALS;
        }
        stats.put(
                path,
                new ZnodeStat(
                        zxid,
                        zxid,
                        zxid,
                        time,
                        time,
                        0,
                        0,
                        create.sessionId(),
                        create.data().size(),
                        0));
        contents.put(path, create.data());
        created.put(path, 0);
        created.merge(parent, 1, Integer::sum);
        children(parent, zxid, 1);
        return null;
    }

    private @Nullable ZnodeError set(long zxid, long time, ZnodeCommand.SetData set) {
        ZnodeStat old = stat(set.path());
        stats.put(
                set.path(),
                new ZnodeStat(
                        old.czxid(),
                        zxid,
                        old.pzxid(),
                        old.ctimeMillis(),
                        time,
                        old.version() + 1,
                        old.cversion(),
                        old.ephemeralOwner(),
                        set.data().size(),
                        old.numChildren()));
        contents.put(set.path(), set.data());
        return null;
    }

    private void remove(String path, long zxid) {
        stats.remove(path);
        contents.remove(path);
        created.remove(path);
        children(parent(path), zxid, -1);
    }

    private void children(String path, long zxid, int difference) {
        ZnodeStat old = stat(path);
        stats.put(
                path,
                new ZnodeStat(
                        old.czxid(),
                        old.mzxid(),
                        zxid,
                        old.ctimeMillis(),
                        old.mtimeMillis(),
                        old.version(),
                        old.cversion() + 1,
                        old.ephemeralOwner(),
                        old.dataLength(),
                        old.numChildren() + difference));
    }

    private boolean matches(String path, int version) {
        return version == ZnodeCommand.ANY_VERSION || version == stat(path).version();
    }

    private ZnodeStat stat(String path) {
        return java.util.Objects.requireNonNull(stats.get(path));
    }

    private static String parent(String path) {
        List<String> names = new ArrayList<>(List.of(path.split("/", -1)));
        names.remove(names.size() - 1);
        String parent = String.join("/", names);
        return parent.isEmpty() ? "/" : parent;
    }
}
