package io.oarlog.metadata.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The same rules over one flat map of paths, slow and plain: what {@link ZnodeTree} is compared with. */
final class NaiveTree {
    private static final List<String> BROKERS_OWN =
            List.of("/brokers", "/config", "/cluster", "/latest_producer_id_block");
    private static final List<String> OF_EVERY_CLUSTER =
            List.of("/brokers", "/config", "/cluster", "/latest_producer_id_block", "/consumers");

    private Map<String, Node> nodes = new TreeMap<>();
    private final Map<Long, Session> sessions = new TreeMap<>();
    private long zxid;

    /** @param children created so far */
    private record Node(ZnodeData data, List<Acl> acl, ZnodeStat stat, int children) {}

    private record Session(SessionPassword password, int timeoutMillis, Origin owner) {}

    private record Refused(ZnodeError error) {}

    NaiveTree() {
        for (String path : List.of("/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota")) {
            nodes.put(
                    path,
                    new Node(
                            ZnodeData.EMPTY,
                            path.equals("/zookeeper/config") ? Acl.ANYONE_READS : Acl.OPEN,
                            new ZnodeStat(0, 0, 0, 0, 0, 0, 0, path.equals("/zookeeper/config") ? -1 : 0, 0, 0, 0),
                            0));
        }
    }

    Map<String, ZnodeStat> stats() {
        Map<String, ZnodeStat> stats = new TreeMap<>();
        nodes.keySet().forEach(path -> stats.put(path, stat(path)));
        return stats;
    }

    Map<String, ZnodeData> contents() {
        Map<String, ZnodeData> contents = new TreeMap<>();
        nodes.forEach((path, node) -> contents.put(path, node.data()));
        return contents;
    }

    Map<String, List<Acl>> acls() {
        Map<String, List<Acl>> acls = new TreeMap<>();
        nodes.forEach((path, node) -> acls.put(path, node.acl()));
        return acls;
    }

    Set<Long> sessions() {
        return sessions.keySet();
    }

    int timeoutMillis(long sessionId) {
        return Objects.requireNonNull(sessions.get(sessionId)).timeoutMillis();
    }

    Origin owner(long session) {
        return Objects.requireNonNull(sessions.get(session)).owner();
    }

    List<String> ephemerals(long session) {
        return nodes.keySet().stream()
                .filter(path -> node(path).stat().ephemeralOwner() == session)
                .toList();
    }

    private ZnodeStat stat(String path) {
        Node node = node(path);
        ZnodeStat stat = node.stat();
        int children = children(path).size();
        return new ZnodeStat(
                stat.czxid(),
                stat.mzxid(),
                stat.pzxid(),
                stat.ctimeMillis(),
                stat.mtimeMillis(),
                stat.version(),
                2 * node.children() - children + uncounted(path),
                stat.aversion(),
                stat.ephemeralOwner(),
                node.data().size(),
                children);
    }

    private int uncounted(String path) {
        return (int) OF_EVERY_CLUSTER.stream()
                .filter(own -> path.equals("/") && nodes.containsKey(own))
                .count();
    }

    private List<String> children(String path) {
        String prefix = path.equals("/") ? "/" : path + "/";
        return nodes.keySet().stream()
                .filter(other -> other.startsWith(prefix)
                        && other.length() > prefix.length()
                        && other.indexOf('/', prefix.length()) < 0)
                .toList();
    }

    /** The error; else the path of a created znode; else null. */
    @Nullable
    Object apply(Origin origin, TimedCommand timed) {
        zxid++;
        ZnodeCommand command = timed.command();
        if (command instanceof ZnodeCommand.ClientRequest request) {
            Session session = sessions.get(request.sessionId());
            if (session == null) {
                return ZnodeError.SESSION_EXPIRED;
            }
            return session.owner().equals(origin)
                    ? apply(timed.timeMillis(), request.request(), request.identities())
                    : ZnodeError.SESSION_MOVED;
        } else if (command instanceof ZnodeCommand.CreateSession create) {
            Session session = new Session(create.password(), create.timeoutMillis(), origin);
            return sessions.putIfAbsent(create.sessionId(), session) == null ? null : ZnodeError.SESSION_EXISTS;
        } else if (command instanceof ZnodeCommand.AttachSession attach) {
            Session session = sessions.get(attach.sessionId());
            if (session == null || !session.password().equals(attach.password())) {
                return ZnodeError.SESSION_EXPIRED;
            }
            sessions.put(attach.sessionId(), new Session(session.password(), attach.timeoutMillis(), origin));
            return null;
        } else if (command instanceof ZnodeCommand.ExpireSessions expire) {
            expire.sessionIds().forEach(this::end);
            return null;
        } else if (command instanceof ZnodeCommand.DeleteContainer delete) {
            return deleteContainer(delete.path());
        }
        return apply(timed.timeMillis(), command, null);
    }

    private @Nullable Object apply(long time, ZnodeCommand command, @Nullable List<Identity> client) {
        if (command instanceof ZnodeCommand.Multi multi) {
            Map<String, Node> before = new TreeMap<>(nodes);
            for (ZnodeCommand.Operation operation : multi.operations()) {
                Object result = operation(time, operation, client);
                if (result instanceof ZnodeError) {
                    nodes = before;
                    return result;
                }
            }
            return null;
        } else if (command instanceof ZnodeCommand.CloseSession close) {
            return end(close.sessionId()) ? null : ZnodeError.SESSION_EXPIRED;
        } else if (command instanceof ZnodeCommand.Operation operation) {
            return operation(time, operation, client);
        }
        return null;
    }

    private boolean end(long session) {
        if (sessions.remove(session) == null) {
            return false;
        }
        ephemerals(session).forEach(this::remove);
        return true;
    }

    private @Nullable Object operation(long time, ZnodeCommand.Operation operation, @Nullable List<Identity> client) {
        try {
            if (operation instanceof ZnodeCommand.Create create) {
                return create(time, create, client);
            } else if (operation instanceof ZnodeCommand.Delete delete) {
                delete(delete, client);
            } else {
                onExisting(time, operation, client);
            }
            return null;
        } catch (RefusedException e) {
            return e.refused.error();
        }
    }

    private static final class RefusedException extends RuntimeException {
        private final transient Refused refused;

        RefusedException(Refused refused) {
            this.refused = refused;
        }
    }

    private static void refuseIf(boolean condition, ZnodeError error) {
        if (condition) {
            throw new RefusedException(new Refused(error));
        }
    }

    private String create(long time, ZnodeCommand.Create create, @Nullable List<Identity> client) {
        boolean isEphemeral = create.mode().isEphemeral();
        refuseIf(isEphemeral && !sessions.containsKey(create.sessionId()), ZnodeError.SESSION_EXPIRED);
        refuseIf(create.acl().isEmpty(), ZnodeError.INVALID_ACL);
        String parent = parent(create.path());
        refuseIf(!nodes.containsKey(parent), ZnodeError.NO_NODE);
        refuseIf(!allows(parent, client, Acl.CREATE), ZnodeError.NO_AUTH);
        String path = create.mode().isSequential()
                ? create.path() + String.format("%010d", node(parent).children())
                : create.path();
        refuseIf(client != null && isBrokersOwn(path), ZnodeError.NO_AUTH);
        refuseIf(path.contains("//"), ZnodeError.INVALID_PATH);
        refuseIf(nodes.containsKey(path), ZnodeError.NODE_EXISTS);
        long parentOwner = node(parent).stat().ephemeralOwner();
        refuseIf(parentOwner != 0 && parentOwner != Long.MIN_VALUE, ZnodeError.NO_CHILDREN_FOR_EPHEMERALS);
        long owner = create.mode() == CreateMode.CONTAINER ? Long.MIN_VALUE : create.sessionId();
        nodes.put(
                path,
                new Node(
                        create.data(),
                        create.acl(),
                        new ZnodeStat(zxid, zxid, zxid, time, time, 0, 0, 0, owner, 0, 0),
                        0));
        childrenChanged(path, 1);
        return path;
    }

    private void delete(ZnodeCommand.Delete delete, @Nullable List<Identity> client) {
        String path = delete.path();
        refuseIf(path.equals("/") || path.matches("/zookeeper(/config|/quota)?"), ZnodeError.INVALID_PATH);
        String parent = parent(path);
        refuseIf(!nodes.containsKey(parent), ZnodeError.NO_NODE);
        refuseIf(!allows(parent, client, Acl.DELETE), ZnodeError.NO_AUTH);
        refuseIf(client != null && (isBrokersOwn(path) || path.equals("/consumers")), ZnodeError.NO_AUTH);
        refuseIf(!nodes.containsKey(path), ZnodeError.NO_NODE);
        refuseIf(!matches(node(path).stat().version(), delete.expectedVersion()), ZnodeError.BAD_VERSION);
        refuseIf(!children(path).isEmpty(), ZnodeError.NOT_EMPTY);
        remove(path);
    }

    private @Nullable ZnodeError deleteContainer(String path) {
        if (path.contains("//")) {
            return ZnodeError.INVALID_PATH;
        } else if (!nodes.containsKey(path)) {
            return ZnodeError.NO_NODE;
        } else if (!children(path).isEmpty()) {
            return ZnodeError.NOT_EMPTY;
        } else if (node(path).stat().ephemeralOwner() != Long.MIN_VALUE
                || node(path).children() == 0) {
            return ZnodeError.BAD_VERSION;
        }
        remove(path);
        return null;
    }

    private void onExisting(long time, ZnodeCommand.Operation operation, @Nullable List<Identity> client) {
        String path = operation.path();
        refuseIf(path.contains("//"), ZnodeError.INVALID_PATH);
        if (operation instanceof ZnodeCommand.SetAcl set) {
            refuseIf(set.acl().isEmpty(), ZnodeError.INVALID_ACL);
        }
        refuseIf(!nodes.containsKey(path), ZnodeError.NO_NODE);
        Node node = node(path);
        ZnodeStat old = node.stat();
        if (operation instanceof ZnodeCommand.SetData set) {
            refuseIf(!allows(path, client, Acl.WRITE), ZnodeError.NO_AUTH);
            refuseIf(client != null && isBrokersOwn(path), ZnodeError.NO_AUTH);
            refuseIf(!matches(old.version(), set.expectedVersion()), ZnodeError.BAD_VERSION);
            ZnodeStat stat = new ZnodeStat(
                    old.czxid(),
                    zxid,
                    old.pzxid(),
                    old.ctimeMillis(),
                    time,
                    old.version() + 1,
                    0,
                    old.aversion(),
                    old.ephemeralOwner(),
                    0,
                    0);
            nodes.put(path, new Node(set.data(), node.acl(), stat, node.children()));
        } else if (operation instanceof ZnodeCommand.SetAcl set) {
            refuseIf(!allows(path, client, Acl.ADMIN), ZnodeError.NO_AUTH);
            refuseIf(client != null && isBrokersOwn(path), ZnodeError.NO_AUTH);
            refuseIf(!matches(old.aversion(), set.expectedAversion()), ZnodeError.BAD_VERSION);
            ZnodeStat stat = new ZnodeStat(
                    old.czxid(),
                    old.mzxid(),
                    old.pzxid(),
                    old.ctimeMillis(),
                    old.mtimeMillis(),
                    old.version(),
                    0,
                    old.aversion() + 1,
                    old.ephemeralOwner(),
                    0,
                    0);
            nodes.put(path, new Node(node.data(), set.acl(), stat, node.children()));
        } else if (operation instanceof ZnodeCommand.Check check) {
            refuseIf(!allows(path, client, Acl.READ), ZnodeError.NO_AUTH);
            refuseIf(!matches(old.version(), check.expectedVersion()), ZnodeError.BAD_VERSION);
        } else if (operation instanceof ZnodeCommand.CheckSame check) {
            refuseIf(old.czxid() != check.czxid(), ZnodeError.BAD_VERSION);
        }
    }

    private void remove(String path) {
        nodes.remove(path);
        childrenChanged(path, 0);
    }

    private void childrenChanged(String child, int created) {
        if (OF_EVERY_CLUSTER.contains(child)) {
            return;
        }
        String path = parent(child);
        Node node = node(path);
        ZnodeStat old = node.stat();
        ZnodeStat stat = new ZnodeStat(
                old.czxid(),
                old.mzxid(),
                zxid,
                old.ctimeMillis(),
                old.mtimeMillis(),
                old.version(),
                0,
                old.aversion(),
                old.ephemeralOwner(),
                0,
                0);
        nodes.put(path, new Node(node.data(), node.acl(), stat, node.children() + created));
    }

    /** In the tests an address range is always 10.0.0.0/8. */
    private boolean allows(String path, @Nullable List<Identity> client, int permission) {
        if (client == null) {
            return true;
        }
        for (Acl entry : node(path).acl()) {
            Identity listed = entry.identity();
            boolean isMeant = listed.scheme().equals("world")
                    || client.contains(listed)
                    || (listed.scheme().equals("ip")
                            && client.stream()
                                    .anyMatch(proved -> proved.scheme().equals("ip")
                                            && proved.id().startsWith("10.")));
            if (isMeant && (entry.permissions() & permission) != 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBrokersOwn(String path) {
        return BROKERS_OWN.stream().anyMatch(own -> (path + "/").startsWith(own + "/"));
    }

    private static boolean matches(int version, int expected) {
        return expected == ZnodeCommand.ANY_VERSION || version == expected;
    }

    private Node node(String path) {
        return Objects.requireNonNull(nodes.get(path));
    }

    private static String parent(String path) {
        List<String> names = new ArrayList<>(List.of(path.split("/", -1)));
        names.remove(names.size() - 1);
        String parent = String.join("/", names);
        return parent.isEmpty() ? "/" : parent;
    }
}
