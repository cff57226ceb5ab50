package io.oarlog.server.group;

import io.oarlog.metadata.Metadata;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the groups that are coordinated here in the znode tree: soon after they appear, and until a look finds them gone.
 * The tree follows the groups, nothing depends on it. Thread-safe.
 */
public final class GroupNaming {
    private static final Logger LOG = LoggerFactory.getLogger(GroupNaming.class);

    /** The names in the tree. */
    interface Names {
        Set<String> groupNames();

        boolean hasGroupName(String group);

        CompletableFuture<Boolean> addGroupName(String group);

        CompletableFuture<Boolean> removeGroupName(String group);
    }

    private final Names names;
    private final Set<String> beingNamed = ConcurrentHashMap.newKeySet();
    /** Names that had no group when it was looked last. Guarded by this. */
    private Set<String> missing = new HashSet<>();

    GroupNaming(Names names) {
        this.names = names;
    }

    public GroupNaming(Metadata metadata) {
        this(new TreeNames(metadata));
    }

    /** There is such a group. Returns at once. */
    void onSeen(String group) {
        if (!names.hasGroupName(group) && beingNamed.add(group)) {
            var unused = written(names.addGroupName(group)).thenRun(() -> beingNamed.remove(group));
        }
    }

    /** The group was deleted. Returns at once. */
    void onDeleted(String group) {
        var unused = written(names.removeGroupName(group));
    }

    /**
     * These are the groups of this node.
     *
     * @param served partitions of the offsets topic that were coordinated here before they were listed
     */
    synchronized void compare(ListGroupsResponseData listed, Set<Integer> served, int partitionCount) {
        if (listed.errorCode() != Errors.NONE.code()) {
            return;
        }
        Set<String> present = listed.groups().stream().map(ListedGroup::groupId).collect(Collectors.toSet());
        present.forEach(this::onSeen);
        Set<String> absent = new HashSet<>(names.groupNames());
        absent.removeAll(present);
        absent.removeIf(group -> !served.contains(OffsetsTopic.partitionOf(group, partitionCount)));
        // Twice in a row: one that is named just now may not have been listed.
        absent.stream().filter(missing::contains).forEach(this::onDeleted);
        missing = absent;
    }

    private static CompletableFuture<Void> written(CompletableFuture<Boolean> write) {
        return write.handle((done, failure) -> {
                    if (failure != null) {
                        LOG.atDebug().setCause(failure).log("a group's name was not written; the next look does it");
                    }
                    return done;
                })
                .thenAccept(done -> {});
    }

    private record TreeNames(Metadata metadata) implements Names {
        @Override
        public Set<String> groupNames() {
            return metadata.groupNames();
        }

        @Override
        public boolean hasGroupName(String group) {
            return metadata.hasGroupName(group);
        }

        @Override
        public CompletableFuture<Boolean> addGroupName(String group) {
            return metadata.addGroupName(group);
        }

        @Override
        public CompletableFuture<Boolean> removeGroupName(String group) {
            return metadata.removeGroupName(group);
        }
    }
}
