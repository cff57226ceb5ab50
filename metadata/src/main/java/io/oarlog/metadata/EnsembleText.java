package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.raft.RaftAddress;
import java.util.Map;
import java.util.TreeMap;

/**
 * The nodes as a ZooKeeper ensemble with a static configuration describes itself, in {@code /zookeeper/config}.
 *
 * <pre>
 * server.1=10.0.0.1:9190:9191:participant
 * server.2=10.0.0.2:9190:9191:participant
 * version=0
 * </pre>
 *
 * <p>Where clients are served is not in it, as a node does not know that of the others: clients that follow the description,
 * as Curator does, keep the addresses that they were given. ZooKeeper's grammar wants two different ports, for replication and
 * for elections; Raft has one for both, and the second one stands for no port at all.
 */
final class EnsembleText {
    private static final int LAST_PORT = 65_535;

    private EnsembleText() {}

    /** The description; nothing for a node that is alone, as a ZooKeeper that is. */
    static ZnodeData of(Map<Integer, RaftAddress> nodes) {
        if (nodes.size() == 1) {
            return ZnodeData.EMPTY;
        }
        StringBuilder text = new StringBuilder();
        new TreeMap<>(nodes).forEach((id, address) -> {
            String host = address.host().contains(":") ? "[" + address.host() + "]" : address.host();
            int second = address.port() == LAST_PORT ? LAST_PORT - 1 : address.port() + 1;
            text.append("server.").append(id).append('=').append(host);
            text.append(':').append(address.port()).append(':').append(second).append(":participant\n");
        });
        return ZnodeData.utf8(text.append("version=0").toString());
    }
}
