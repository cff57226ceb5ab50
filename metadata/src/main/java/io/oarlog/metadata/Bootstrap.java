package io.oarlog.metadata;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.CreateMode;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Makes the znodes that every cluster has, where they are missing. Every broker may do it; the first one's cluster id stays, and
 * the nodes are described as they are.
 */
final class Bootstrap {
    private final MetadataStateMachine machine;
    private final CommandSubmitter submitter;
    private final TreeWriter writer;
    private final String newClusterId;
    private final int nodeId;
    private final String nodeName;
    private final Supplier<ZnodeData> ensemble;

    /**
     * Of one cluster.
     *
     * @param newClusterId the cluster's id if it has none yet
     * @param nodeId this node
     * @param nodeName the name under which it takes part
     * @param ensemble the nodes, as {@link EnsembleText} describes them
     */
    Bootstrap(
            MetadataStateMachine machine,
            CommandSubmitter submitter,
            TreeWriter writer,
            String newClusterId,
            int nodeId,
            String nodeName,
            Supplier<ZnodeData> ensemble) {
        this.machine = machine;
        this.submitter = submitter;
        this.writer = writer;
        this.newClusterId = newClusterId;
        this.nodeId = nodeId;
        this.nodeName = nodeName;
        this.ensemble = ensemble;
    }

    /** Completes when this node has caught up and all is there. */
    CompletableFuture<Boolean> run() {
        return submitter.sync().thenCompose(synced -> writer.write(this::decide));
    }

    /** Has the nodes described as they are now; for one that leads. */
    CompletableFuture<Boolean> describeNodes() {
        return ensembleChange().isEmpty()
                ? CompletableFuture.completedFuture(false)
                : writer.write(() -> new Decision.Propose<>(new Multi(ensembleChange()), true));
    }

    private List<Operation> ensembleChange() {
        ZnodeData now = ensemble.get();
        return machine.tree()
                .get(ZnodeTree.ENSEMBLE)
                .filter(znode -> !znode.data().equals(now))
                .map(znode -> List.<Operation>of(new SetData(ZnodeTree.ENSEMBLE, now, ZnodeCommand.ANY_VERSION)))
                .orElse(List.of());
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
        ZnodeData name = ClusterZnodes.nodeName(nodeName);
        String node = ClusterZnodes.node(nodeId);
        Optional<Znode> known = tree.get(node);
        if (known.isEmpty()) {
            missing.add(Create.persistent(node, name));
        } else if (!known.get().data().equals(name)) {
            missing.add(new SetData(node, name, ZnodeCommand.ANY_VERSION));
        }
        missing.addAll(ensembleChange());
        return missing.isEmpty() ? new Decision.Done<>(true) : new Decision.Propose<>(new Multi(missing), true);
    }
}
