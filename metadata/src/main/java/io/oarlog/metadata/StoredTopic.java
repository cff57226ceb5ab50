package io.oarlog.metadata;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * A topic as one state of the tree has it, and what tells whether it is the same when a command arrives: a late one must not hit
 * another topic of the same name. Immutable.
 *
 * @param configVersion empty when there is no znode of configs
 */
record StoredTopic(Topic topic, long czxid, int assignmentVersion, OptionalInt configVersion) {
    /** Empty when there is no such topic, or another one has its name. */
    static Optional<StoredTopic> find(ZnodeTree tree, UUID id, String name) {
        Optional<Znode> znode = tree.get(TopicZnodes.topicPath(name));
        if (znode.isEmpty() || !TopicZnodes.isOf(znode.get().data(), id)) {
            return Optional.empty();
        }
        Optional<Znode> config = tree.get(TopicZnodes.configPath(name));
        TopicZnodes.Assignment assignment =
                TopicZnodes.readAssignment(znode.get().data());
        Topic now = new Topic(
                id,
                name,
                assignment.replicas(),
                config.map(node -> TopicZnodes.readConfig(node.data())).orElse(Map.of()),
                assignment.moves());
        OptionalInt configVersion =
                config.map(node -> OptionalInt.of(node.version())).orElse(OptionalInt.empty());
        return Optional.of(new StoredTopic(now, znode.get().czxid(), znode.get().version(), configVersion));
    }

    /** Puts another assignment of the same topic in the place of this one, if nobody else has by then. */
    ZnodeCommand replacedBy(Topic changed) {
        String path = TopicZnodes.topicPath(changed.name());
        return new Multi(List.of(
                new CheckSame(path, czxid), new SetData(path, TopicZnodes.assignment(changed), assignmentVersion)));
    }
}
