package io.oarlog.metadata.zookeeper;

import java.util.OptionalInt;

/**
 * How the metadata group stands, as this node knows it. Immutable.
 *
 * @param nodes of the cluster
 * @param leader node that leads; empty when none is known
 * @param syncedFollowers followers that keep up, as the leader knows; 0 on the others
 */
public record EnsembleStatus(int nodeId, int nodes, OptionalInt leader, int syncedFollowers) {
    boolean leads() {
        return leader.isPresent() && leader.getAsInt() == nodeId;
    }

    /** As ZooKeeper calls it. */
    String mode() {
        return nodes == 1 ? "standalone" : leads() ? "leader" : "follower";
    }
}
