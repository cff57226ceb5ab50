package io.oarlog.metadata.tree;

import io.oarlog.metadata.tree.SessionTable.Session;
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
import io.oarlog.metadata.tree.ZnodeCommand.SetAcl;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeCommand.Sync;
import io.oarlog.metadata.tree.ZnodeEvent.Kind;
import io.oarlog.metadata.tree.ZnodeResult.Failed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Applies one command to a tree: the rules of every command stand here, in the order in which ZooKeeper 3.9 checks them, for
 * a client is told of the first that it breaks. Confined to the thread that applies.
 */
final class TreeEdit {
    private final long zxid;
    private final long timeMillis;
    private final Origin origin;
    private final List<ZnodeEvent> events = new ArrayList<>();
    private Znode root;
    private SessionTable sessions;
    /** What the client proved that asks; null when a broker does. */
    private @Nullable List<Identity> client;

    private boolean enforcesQuotas;

    TreeEdit(long zxid, long timeMillis, Origin origin, Znode root, SessionTable sessions) {
        this.zxid = zxid;
        this.timeMillis = timeMillis;
        this.origin = origin;
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
        if (command instanceof ClientRequest request) {
            return clientRequest(request);
        } else if (command instanceof Create create) {
            return create(create);
        } else if (command instanceof SetData set) {
            return setData(set);
        } else if (command instanceof SetAcl set) {
            return setAcl(set);
        } else if (command instanceof Delete delete) {
            return delete(delete);
        } else if (command instanceof DeleteContainer delete) {
            return deleteContainer(delete);
        } else if (command instanceof Check check) {
            return check(check);
        } else if (command instanceof CheckSame check) {
            return checkSame(check);
        } else if (command instanceof Multi multi) {
            return multi(multi);
        } else if (command instanceof CreateSession create) {
            return createSession(create);
        } else if (command instanceof AttachSession attach) {
            return attachSession(attach);
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

    private ZnodeResult clientRequest(ClientRequest request) {
        Session session = sessions.find(request.sessionId());
        if (session == null) {
            return new Failed(ZnodeError.SESSION_EXPIRED);
        } else if (!session.owner().equals(origin)) {
            return new Failed(ZnodeError.SESSION_MOVED);
        }
        client = request.identities();
        enforcesQuotas = request.enforcesQuotas();
        return apply(request.request());
    }

    private boolean isAllowed(List<Acl> acl, int permission) {
        return client == null || Acl.allows(acl, client, permission);
    }

    private ZnodeResult create(Create create) {
        String given = create.path();
        if (create.data().size() > ZnodeTree.MAX_DATA_BYTES) {
            return new Failed(ZnodeError.DATA_TOO_LARGE);
        } else if (create.mode().isEphemeral() && !sessions.contains(create.sessionId())) {
            return new Failed(ZnodeError.SESSION_EXPIRED);
        } else if (!ZnodePath.hasParent(given)) {
            return new Failed(ZnodeError.INVALID_PATH);
        } else if (create.acl().isEmpty()) {
            return new Failed(ZnodeError.INVALID_ACL);
        }
        String parentPath = ZnodePath.parent(given);
        Znode parent = ZnodeTree.find(root, parentPath);
        if (parent == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!isAllowed(parent.acl(), Acl.CREATE)) {
            return new Failed(ZnodeError.NO_AUTH);
        }
        String path = create.mode().isSequential() ? given + sequence(parent.childrenCreated()) : given;
        if (client != null && GuardedPaths.contains(path)) {
            return new Failed(ZnodeError.NO_AUTH);
        } else if (!ZnodePath.isValid(path)) {
            return new Failed(ZnodeError.INVALID_PATH);
        } else if (ZnodeTree.find(root, path) != null) {
            return new Failed(ZnodeError.NODE_EXISTS);
        } else if (parent.isEphemeral()) {
            return new Failed(ZnodeError.NO_CHILDREN_FOR_EPHEMERALS);
        } else if (enforcesQuotas
                && Quotas.isExceeded(root, path, 1, create.data().size())) {
            return new Failed(ZnodeError.QUOTA_EXCEEDED);
        }
        long owner = create.mode() == CreateMode.CONTAINER ? Znode.CONTAINER_OWNER : create.sessionId();
        Znode created = Znode.created(create.data(), create.acl(), zxid, timeMillis, owner);
        String name = ZnodePath.name(path);
        replace(
                parentPath,
                GuardedPaths.isOfEveryCluster(path)
                        ? parent.withUncountedChild(name, created)
                        : parent.withNewChild(name, created, zxid));
        if (created.isEphemeral()) {
            sessions = sessions.withEphemeral(owner, path);
        }
        if (Quotas.isStats(path)) {
            setCounts(path, Quotas.counted(root, path));
        }
        count(path, 1, create.data().size());
        tell(Kind.CREATED, path, created);
        tell(Kind.CHILDREN_CHANGED, parentPath, parent);
        return new ZnodeResult.Created(path, created.stat());
    }

    /** Ten digits, and a sign when the counter has run over. */
    private static String sequence(int number) {
        String digits = Long.toString(Math.abs((long) number));
        int width = number < 0 ? 9 : 10;
        return (number < 0 ? "-" : "") + "0".repeat(Math.max(0, width - digits.length())) + digits;
    }

    private ZnodeResult setData(SetData set) {
        if (set.data().size() > ZnodeTree.MAX_DATA_BYTES) {
            return new Failed(ZnodeError.DATA_TOO_LARGE);
        } else if (!ZnodePath.isValid(set.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode node = ZnodeTree.find(root, set.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!isAllowed(node.acl(), Acl.WRITE) || (client != null && GuardedPaths.contains(set.path()))) {
            return new Failed(ZnodeError.NO_AUTH);
        }
        int bytes = set.data().size() - node.data().size();
        if (enforcesQuotas && Quotas.isExceeded(root, set.path(), 0, bytes)) {
            return new Failed(ZnodeError.QUOTA_EXCEEDED);
        } else if (!matches(node.version(), set.expectedVersion())) {
            return new Failed(ZnodeError.BAD_VERSION);
        }
        // As in ZooKeeper the description of the ensemble has no version of its own.
        int version = set.path().equals(ZnodeTree.ENSEMBLE) ? ZnodeTree.NO_VERSION : node.version() + 1;
        Znode changed = node.withData(set.data(), zxid, timeMillis, version);
        replace(set.path(), changed);
        count(set.path(), 0, bytes);
        tell(Kind.DATA_CHANGED, set.path(), changed);
        return new ZnodeResult.DataSet(changed.stat());
    }

    private ZnodeResult setAcl(SetAcl set) {
        if (!ZnodePath.isValid(set.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        } else if (set.acl().isEmpty()) {
            return new Failed(ZnodeError.INVALID_ACL);
        }
        Znode node = ZnodeTree.find(root, set.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!isAllowed(node.acl(), Acl.ADMIN) || (client != null && GuardedPaths.contains(set.path()))) {
            return new Failed(ZnodeError.NO_AUTH);
        } else if (!matches(node.aversion(), set.expectedAversion())) {
            return new Failed(ZnodeError.BAD_VERSION);
        }
        Znode changed = node.withAcl(set.acl(), node.aversion() + 1);
        replace(set.path(), changed);
        return new ZnodeResult.AclSet(changed.stat());
    }

    private ZnodeResult delete(Delete delete) {
        if (!ZnodePath.hasParent(delete.path()) || ZnodeTree.isBuiltIn(delete.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode parent = ZnodeTree.find(root, ZnodePath.parent(delete.path()));
        if (parent == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!isAllowed(parent.acl(), Acl.DELETE) || (client != null && GuardedPaths.mustStay(delete.path()))) {
            return new Failed(ZnodeError.NO_AUTH);
        }
        Znode node = ZnodeTree.find(root, delete.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (!matches(node.version(), delete.expectedVersion())) {
            return new Failed(ZnodeError.BAD_VERSION);
        } else if (node.hasChildren()) {
            return new Failed(ZnodeError.NOT_EMPTY);
        }
        remove(delete.path(), node);
        return new ZnodeResult.Deleted();
    }

    private ZnodeResult deleteContainer(DeleteContainer delete) {
        if (!ZnodePath.isValid(delete.path())) {
            return new Failed(ZnodeError.INVALID_PATH);
        }
        Znode node = ZnodeTree.find(root, delete.path());
        if (node == null) {
            return new Failed(ZnodeError.NO_NODE);
        } else if (node.hasChildren()) {
            return new Failed(ZnodeError.NOT_EMPTY);
        } else if (!node.isLeftOverContainer()) {
            return new Failed(ZnodeError.BAD_VERSION);
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
        } else if (!isAllowed(node.acl(), Acl.READ)) {
            return new Failed(ZnodeError.NO_AUTH);
        }
        return matches(node.version(), check.expectedVersion())
                ? new ZnodeResult.Checked()
                : new Failed(ZnodeError.BAD_VERSION);
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

    private static boolean matches(int version, int expectedVersion) {
        return expectedVersion == ZnodeCommand.ANY_VERSION || expectedVersion == version;
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

    private ZnodeResult createSession(CreateSession create) {
        if (sessions.contains(create.sessionId())) {
            return new Failed(ZnodeError.SESSION_EXISTS);
        }
        sessions = sessions.with(
                create.sessionId(),
                new Session(create.password(), create.timeoutMillis(), origin, PersistentSortedMap.empty()));
        return new ZnodeResult.SessionCreated();
    }

    private ZnodeResult attachSession(AttachSession attach) {
        Session session = sessions.find(attach.sessionId());
        if (session == null || !session.password().equals(attach.password())) {
            return new Failed(ZnodeError.SESSION_EXPIRED);
        }
        sessions = sessions.attached(attach.sessionId(), origin, attach.timeoutMillis());
        return new ZnodeResult.SessionAttached();
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
        Znode parent = existing(parentPath);
        String name = ZnodePath.name(path);
        replace(
                parentPath,
                GuardedPaths.isOfEveryCluster(path)
                        ? parent.withoutUncountedChild(name)
                        : parent.withoutChild(name, zxid));
        if (node.isEphemeral()) {
            sessions = sessions.withoutEphemeral(node.ephemeralOwner(), path);
        }
        count(path, -1, -node.data().size());
        tell(Kind.DELETED, path, node);
        tell(Kind.CHILDREN_CHANGED, parentPath, parent);
    }

    /** Keeps the counts of the quota that the path is under. Nobody is told of it. */
    private void count(String path, int znodes, long bytes) {
        String statsPath = Quotas.statsOver(root, path);
        Znode stats = statsPath == null ? null : ZnodeTree.find(root, statsPath);
        if (statsPath != null && stats != null) {
            Optional<QuotaNumbers> numbers = QuotaNumbers.parse(stats.data());
            if (numbers.isPresent()) {
                setCounts(statsPath, numbers.get().plus(znodes, bytes).toData());
            }
        }
    }

    private void setCounts(String statsPath, ZnodeData counts) {
        replace(statsPath, existing(statsPath).withCounts(counts));
    }

    private void tell(Kind kind, String path, Znode node) {
        events.add(new ZnodeEvent(kind, path, zxid, node.acl()));
    }

    private Znode existing(String path) {
        Znode node = ZnodeTree.find(root, path);
        if (node == null) {
            throw new IllegalStateException("no znode " + path);
        }
        return node;
    }

    /**
     * Puts another znode in the place of an existing one. Without recursion: a path may have more names than the thread's stack
     * has room for.
     */
    private void replace(String path, Znode replacement) {
        Deque<Znode> ancestors = new ArrayDeque<>();
        Deque<String> names = new ArrayDeque<>();
        Znode node = root;
        for (int start = 1; start < path.length(); ) {
            int slash = path.indexOf('/', start);
            String name = path.substring(start, slash < 0 ? path.length() : slash);
            Znode child = node.child(name);
            if (child == null) {
                throw new IllegalStateException("no znode " + path);
            }
            ancestors.push(node);
            names.push(name);
            node = child;
            start += name.length() + 1;
        }
        Znode changed = replacement;
        while (!ancestors.isEmpty()) {
            changed = ancestors.pop().withChild(names.pop(), changed);
        }
        root = changed;
    }
}
