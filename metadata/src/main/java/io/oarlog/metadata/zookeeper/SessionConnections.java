package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeTree;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** The connection of each session that is attached to this node. Thread-safe. */
final class SessionConnections {
    private final Map<Long, ClientConnection> connections = new ConcurrentHashMap<>();

    /** The connection that attached its session last stays, another one of the session is closed. */
    void register(ClientConnection connection) {
        long sessionId = connection.session().id();
        connections.merge(sessionId, connection, (old, added) -> {
            boolean isNewer = added.session().attachedZxid() > old.session().attachedZxid();
            (isNewer ? old : added).close("its client has come back");
            return isNewer ? added : old;
        });
    }

    void remove(ClientConnection connection) {
        connections.remove(connection.session().id(), connection);
    }

    /** Closes the connections of sessions that have ended or are attached elsewhere. */
    void sweep(ZnodeTree tree) {
        closeIf(session -> !session.isAttached(tree), "its session has ended or is attached elsewhere");
    }

    /** Closes the connections of some sessions. */
    void closeIf(Predicate<AttachedSession> condition, String reason) {
        for (ClientConnection connection : connections.values()) {
            if (condition.test(connection.session())) {
                connection.close(reason);
            }
        }
    }

    /** Closes all of them: their clients come back and set their watches again. */
    void closeAll(String reason) {
        closeIf(session -> true, reason);
    }

    /** Those that there are. A view. */
    Collection<ClientConnection> all() {
        return connections.values();
    }
}
