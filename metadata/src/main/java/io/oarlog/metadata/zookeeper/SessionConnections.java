package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeTree;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

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
        for (ClientConnection connection : connections.values()) {
            if (!connection.session().isAttached(tree)) {
                connection.close("its session has ended or is attached elsewhere");
            }
        }
    }

    /** Closes all of them: their clients come back and set their watches again. */
    void closeAll(String reason) {
        connections.values().forEach(connection -> connection.close(reason));
    }

    /** Those that there are. A view. */
    Collection<ClientConnection> all() {
        return connections.values();
    }
}
