package io.oarlog.server.api;

import io.oarlog.raft.MetadataQuorum;
import java.util.concurrent.CompletableFuture;

/** The members of the metadata group, which are the nodes of the cluster. Thread-safe. */
public interface ClusterMembership {
    /** As this node knows them. */
    MetadataQuorum quorum();

    /**
     * Takes a node out; it may be down.
     *
     * @return completes when it is out; fails when that is not known
     */
    CompletableFuture<Void> remove(int node);
}
