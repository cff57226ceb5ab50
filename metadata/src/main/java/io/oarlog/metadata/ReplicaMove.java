package io.oarlog.metadata;

import java.util.List;

/**
 * That the replicas of a partition are on their way to other nodes (KIP-455). Immutable.
 *
 * @param adding node ids that were no replicas before
 * @param removing node ids that will be none afterwards; one that is added as well is from a move that was changed meanwhile
 */
public record ReplicaMove(List<Integer> adding, List<Integer> removing) {
    public ReplicaMove {
        adding = List.copyOf(adding);
        removing = List.copyOf(removing);
    }
}
