package io.oarlog.metadata;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes the znodes that every cluster has, where they are missing. Every broker may do it; the first one's cluster id stays, and
 * the last one's description of the nodes.
 */
final class Bootstrap {
    private final MetadataStateMachine machine;
    private final CommandSubmitter submitter;
    private final TreeWriter writer;
    private final String newClusterId;
    private final ZnodeData ensemble;

    /**
     * Of one cluster.
     *
     * @param newClusterId the cluster's id if it has none yet
     * @param ensemble the nodes, as {@link EnsembleText} describes them
     */
    Bootstrap(
            MetadataStateMachine machine,
            CommandSubmitter submitter,
            TreeWriter writer,
            String newClusterId,
            ZnodeData ensemble) {
        this.machine = machine;
        this.submitter = submitter;
        this.writer = writer;
        this.newClusterId = newClusterId;
        this.ensemble = ensemble;
    }

    /** Completes when this node has caught up and all is there. */
    CompletableFuture<Boolean> run() {
        return submitter.sync().thenCompose(synced -> writer.write(this::decide));
    }

    private Decision<Boolean> decide() {
        ZnodeTree tree = machine.tree();
        List<Operation> missing = new ArrayList<>();
        for (String path : ClusterZnodes.BASE) {
            if (!tree.exists(path)) {
                // Groups are users' own; the other znodes are for brokers to change.
                List<Acl> acl = path.equals(ClusterZnodes.GROUPS) ? Acl.OPEN : Acl.ANYONE_READS;
                missing.add(new Create(path, ZnodeData.EMPTY, acl, CreateMode.PERSISTENT, 0));
            }
        }
        if (!tree.exists(ClusterZnodes.ID)) {
            missing.add(Create.persistent(ClusterZnodes.ID, ClusterZnodes.id(newClusterId)));
        }
        if (!tree.get(ZnodeTree.ENSEMBLE).orElseThrow().data().equals(ensemble)) {
            missing.add(new SetData(ZnodeTree.ENSEMBLE, ensemble, ZnodeCommand.ANY_VERSION));
        }
        return missing.isEmpty() ? new Decision.Done<>(true) : new Decision.Propose<>(new Multi(missing), true);
    }
}
