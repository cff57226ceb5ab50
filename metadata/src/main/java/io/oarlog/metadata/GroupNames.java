package io.oarlog.metadata;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodePath;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The names of the consumer groups, for those who look at the tree. Thread-safe.
 *
 * <pre>
 * /consumers/G   {"version":1}
 * </pre>
 *
 * <p>Clients may write below {@code /consumers} as well; what is not as above is none of ours and stays.
 */
final class GroupNames {
    private static final ZnodeData MARK = ZnodeJson.write(ZnodeJson.object().put("version", 1));

    private final MetadataStateMachine machine;
    private final TreeWriter writer;

    GroupNames(MetadataStateMachine machine, TreeWriter writer) {
        this.machine = machine;
        this.writer = writer;
    }

    Set<String> names() {
        ZnodeTree tree = machine.tree();
        Set<String> names = new HashSet<>();
        for (String name : tree.children(ClusterZnodes.GROUPS)) {
            if (isOurs(tree.get(path(name)))) {
                names.add(name);
            }
        }
        return names;
    }

    boolean contains(String name) {
        return isNameable(name) && machine.tree().exists(path(name));
    }

    /** Names a group; the outcome is whether it is named now, as not every name can be a znode's. */
    CompletableFuture<Boolean> add(String name) {
        return isNameable(name) ? writer.write(() -> addition(name)) : CompletableFuture.completedFuture(false);
    }

    private Decision<Boolean> addition(String name) {
        return machine.tree().exists(path(name))
                ? new Decision.Done<>(true)
                : new Decision.Propose<>(Create.persistent(path(name), MARK), true);
    }

    /** Takes a name out; the outcome is whether it was there. */
    CompletableFuture<Boolean> remove(String name) {
        return isNameable(name) ? writer.write(() -> removal(name)) : CompletableFuture.completedFuture(false);
    }

    private Decision<Boolean> removal(String name) {
        ZnodeTree tree = machine.tree();
        boolean isBare = tree.children(path(name)).isEmpty();
        return isBare && isOurs(tree.get(path(name)))
                ? new Decision.Propose<>(new Delete(path(name), ZnodeCommand.ANY_VERSION), true)
                : new Decision.Done<>(false);
    }

    private static boolean isOurs(Optional<Znode> znode) {
        return znode.isPresent() && znode.get().data().equals(MARK);
    }

    /** A group can be called what no znode can. */
    private static boolean isNameable(String name) {
        return name.indexOf('/') < 0 && ZnodePath.isValid(path(name));
    }

    private static String path(String name) {
        return ZnodePath.child(ClusterZnodes.GROUPS, name);
    }
}
