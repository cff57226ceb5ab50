package io.oarlog.metadata.tree;

import io.oarlog.metadata.tree.ZnodeCommand.Check;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.CloseSession;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.CreateSession;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.ExpireSessions;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeCommand.Sync;
import io.oarlog.metadata.tree.ZnodeEvent.Kind;
import io.oarlog.metadata.tree.ZnodeResult.Failed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Applies one command to a tree: the rules of every command stand here, in ZooKeeper's order of checks. Confined to the
 * thread that applies.
 */
final class TreeEdit {
    private final long zxid;
    private final long timeMillis;
    private final List<ZnodeEvent> events = new ArrayList<>();
    private Znode root;
    private SessionTable sessions;

    TreeEdit(long zxid, long timeMillis, Znode root, SessionTable sessions) {
        this.zxid = zxid;
        this.timeMillis = timeMillis;
        this.root = root;
        this.sessions = sessions;
    }

    ZnodeTree tree() {
        return new ZnodeTree(zxid, root, sessions);
    }

    List<ZnodeEvent> events() {
        return events;
    }

    ZnodeResult apply(ZnodeCommand command) {
        if (command instanceof Create create) {
            return create(create);
        } else if (command instanceof SetData set) {
            return setData(set);
        } else if (command instanceof Delete delete) {
            return delete(delete);
        } else if (command instanceof Check check) {
            return check(check);
        } else if (command instanceof CheckSame check) {
            return checkSame(check);
        } else if (command instanceof Multi multi) {
            return multi(multi);
        } else if (command instanceof CreateSession create) {
            sessions = sessions.with(create.sessionId(), create.timeoutMillis());
            return new ZnodeResult.SessionCreated();
        } else if (command instanceof CloseSession close) {
            return sessions.contains(close.sessionId())
                    ? endSessions(List.of(close.sessionId()))
                    : new Failed(ZnodeError.SESSION_EXPIRED);
        } else if (command instanceof ExpireSessions expire) {
            return endSessions(expire.sessionIds());
        } else if (command instanceof Sync) {
            return new ZnodeResult.Synced();
        }
        throw new AssertionError(command);
    }

    private ZnodeResult create(Create create) {
        boolean isSequential = create.mode().isSequential();
        if (!ZnodePath.isValid(isSequential ? create.path() + "0" : create.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        } else if (create.path().equals("/") && !isSequential) {
            return new Failed(ZnodeError.NODE_EXISTS);
        } else if (create.data().size() > ZnodeTree.MAX_DATA_BYTES) {
            return new Failed(ZnodeError.DATA_TOO_LARGE);
        } else if (create.mode().isEphemeral() && !sessions.contains(create.sessionId())) {
            return new Failed(ZnodeError.SESSION_EXPIRED);
        }
        String parentPath = ZnodePath.parent(create.path());
        Znode parent = ZnodeTree.find(root, parentPath);
        if (parent == null) {
            return new Failed(ZnodeError.NO_NODE);
        }
        String path = isSequential ? create.path() + sequence(parent.childrenCreated()) : create.path();
        String name = ZnodePath.name(path);
        if (parent.child(name) != null) {
            return new Failed(ZnodeError.NODE_EXISTS);
        } else if (parent.isEphemeral()) {
            return new Failed(ZnodeError.NO_CHILDREN_FOR_EPHEMERALS);
        }
        Znode created = Znode.created(create.data(), zxid, timeMillis, create.sessionId());
        replace(parentPath, parent.withNewChild(name, created, zxid));
        if (created.isEphemeral()) {
            sessions = sessions.withEphemeral(create.sessionId(), path);
        }
        events.add(new ZnodeEvent(Kind.CREATED, path));
        events.add(new ZnodeEvent(Kind.CHILDREN_CHANGED, parentPath));
        return new ZnodeResult.Created(path, created.stat());
    }

    private static String sequence(int number) {
        return String.format(Locale.ROOT, "%010d", number);
    }

    private ZnodeResult setData(SetData set) {
        if (!ZnodePath.isValid(set.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        } else if (set.data().size() > ZnodeTree.MAX_DATA_BYTES) {
            return new Failed(ZnodeError.DATA_TOO_LARGE);
        }
        Znode node = ZnodeTree.find(root, set.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!matches(node, set.expectedVersion())) {
            return new Failed(ZnodeError.BAD_VERSION);
        }
        Znode changed = node.withData(set.data(), zxid, timeMillis);
        replace(set.path(), changed);
        events.add(new ZnodeEvent(Kind.DATA_CHANGED, set.path()));
        return new ZnodeResult.DataSet(changed.stat());
    }

    private ZnodeResult delete(Delete delete) {
        if (!ZnodePath.isValid(delete.path()) || delete.path().equals("/")) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode node = ZnodeTree.find(root, delete.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!matches(node, delete.expectedVersion())) {
            return new Failed(ZnodeError.BAD_VERSION);
        } else if (node.hasChildren()) {
            return new Failed(ZnodeError.NOT_EMPTY);
        }
        remove(delete.path(), node);
        return new ZnodeResult.Deleted();
    }

    private ZnodeResult check(Check check) {
        if (!ZnodePath.isValid(check.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode node = ZnodeTree.find(root, check.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        }
        return matches(node, check.expectedVersion()) ? new ZnodeResult.Checked() : new Failed(ZnodeError.BAD_VERSION);
    }

    private ZnodeResult checkSame(CheckSame check) {
        if (!ZnodePath.isValid(check.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode node = ZnodeTree.find(root, check.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        }
        return node.czxid() == check.czxid() ? new ZnodeResult.Checked() : new Failed(ZnodeError.BAD_VERSION);
    }

    private static boolean matches(Znode node, int expectedVersion) {
        return expectedVersion == ZnodeCommand.ANY_VERSION || expectedVersion == node.version();
    }

    private ZnodeResult multi(Multi multi) {
        Znode rootBefore = root;
        SessionTable sessionsBefore = sessions;
        List<ZnodeResult> results = new ArrayList<>(multi.operations().size());
        for (ZnodeCommand.Operation operation : multi.operations()) {
            ZnodeResult result = apply(operation);
            if (result instanceof Failed failed) {
                root = rootBefore;
                sessions = sessionsBefore;
                events.clear();
                return new ZnodeResult.MultiFailed(multi.operations().size(), results.size(), failed.error());
            }
            results.add(result);
        }
        return new ZnodeResult.MultiDone(results);
    }

    private ZnodeResult endSessions(List<Long> sessionIds) {
        List<Long> ended = new ArrayList<>();
        for (long sessionId : sessionIds) {
            if (sessions.contains(sessionId)) {
                for (String path : sessions.ephemerals(sessionId)) {
                    remove(path, existing(path));
                }
                sessions = sessions.without(sessionId);
                ended.add(sessionId);
            }
        }
        return new ZnodeResult.SessionsEnded(ended);
    }

    private void remove(String path, Znode node) {
        String parentPath = ZnodePath.parent(path);
        replace(parentPath, existing(parentPath).withoutChild(ZnodePath.name(path), zxid));
        if (node.isEphemeral()) {
            sessions = sessions.withoutEphemeral(node.ephemeralOwner(), path);
        }
        events.add(new ZnodeEvent(Kind.DELETED, path));
        events.add(new ZnodeEvent(Kind.CHILDREN_CHANGED, parentPath));
    }

    private Znode existing(String path) {
        Znode node = ZnodeTree.find(root, path);
        if (node == null) {
            throw new IllegalStateException("no znode " + path);
        }
        return node;
    }

    /** Puts another znode in the place of an existing one. */
    private void replace(String path, Znode replacement) {
        root = path.equals("/") ? replacement : replaced(root, path, 1, replacement);
    }

    /** @param start where the next name begins in the path */
    private static Znode replaced(Znode node, String path, int start, Znode replacement) {
        int slash = path.indexOf('/', start);
        if (slash < 0) {
            return node.withChild(path.substring(start), replacement);
        }
        String name = path.substring(start, slash);
        Znode child = node.child(name);
        if (child == null) {
            throw new IllegalStateException("no znode " + path.substring(0, slash));
        }
        return node.withChild(name, replaced(child, path, slash + 1, replacement));
    }
}
