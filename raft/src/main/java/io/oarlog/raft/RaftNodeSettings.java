package io.oarlog.raft;

import io.oarlog.log.LogSettings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * What {@link RaftNode} needs to know. Immutable.
 *
 * @param nodeId this node, a key of {@code nodes}
 * @param nodes Raft address of every node of the cluster, this one included, by node id
 * @param dataDirectory of this node alone; created when missing
 * @param maxProducers idempotent producers remembered per partition, the least recently seen go first
 * @param maxOpenSegments segment files kept open over all partitions; more only while more are in use at once
 * @param diskReserveBytes kept free of records on the disk of the data directory: for elections, metadata and the removal of
 *     partitions, which must never find it full. The node takes no new records when less is left
 */
public record RaftNodeSettings(
        int nodeId,
        Map<Integer, RaftAddress> nodes,
        Path dataDirectory,
        RaftSettings raft,
        LogSettings log,
        int maxProducers,
        int maxOpenSegments,
        long diskReserveBytes) {
    public static final long DEFAULT_DISK_RESERVE_BYTES = 256L * 1024 * 1024;

    public RaftNodeSettings {
        nodes = Map.copyOf(nodes);
        if (!nodes.containsKey(nodeId)) {
            throw new IllegalArgumentException(
                    "node " + nodeId + " is not among the cluster's nodes " + nodes.keySet());
        }
        if (diskReserveBytes < 1) {
            throw new IllegalArgumentException("diskReserveBytes must be positive, not " + diskReserveBytes);
        }
    }

    /** This node's own Raft address. */
    RaftAddress address() {
        return Objects.requireNonNull(nodes.get(nodeId));
    }
}
