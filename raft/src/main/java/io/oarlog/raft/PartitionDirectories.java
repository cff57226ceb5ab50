package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.protocol.RaftGroupId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where partitions lie: {@code <root>/<topic>/<partition>.<topic id>}. A partition's directory is there before its Raft group
 * and is removed after it, so that on start every group finds its partition. Thread-safe; the directory of a topic is shared by
 * its partitions, so changes wait for each other.
 */
final class PartitionDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionDirectories.class);

    private final Disk disk;
    private final Path root;
    private final Map<RaftGroupId, PartitionId> partitions = new ConcurrentHashMap<>();

    private PartitionDirectories(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
    }

    /** Finds the partitions under {@code root}, which is created when missing. */
    static PartitionDirectories open(Disk disk, Path root) throws IOException {
        disk.createDirectories(root);
        return find(disk, root);
    }

    /** As {@link #open}, but changes nothing: the root has to be there. */
    static PartitionDirectories find(Disk disk, Path root) throws IOException {
        PartitionDirectories directories = new PartitionDirectories(disk, root);
        for (Path topic : disk.list(root)) {
            for (Path partition : disk.list(topic)) {
                directories.recognise(partition);
            }
        }
        return directories;
    }

    private void recognise(Path directory) {
        Optional<PartitionId> id = idOf(directory);
        if (id.isPresent()) {
            partitions.put(GroupIds.of(id.get()), id.get());
        } else {
            LOG.atWarn().addKeyValue("directory", directory).log("not a partition's directory; left alone");
        }
    }

    /** The partition whose directory has such a name and such a parent. */
    static Optional<PartitionId> idOf(Path directory) {
        Path topic = directory.getParent();
        String name = String.valueOf(directory.getFileName());
        int dot = name.indexOf('.');
        try {
            int number = Integer.parseInt(name.substring(0, Math.max(dot, 0)));
            UUID topicId = UUID.fromString(name.substring(dot + 1));
            return topic == null
                    ? Optional.empty()
                    : Optional.of(new PartitionId(topicId, String.valueOf(topic.getFileName()), number));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether the partition of this group has a directory here. */
    boolean contains(RaftGroupId group) {
        return partitions.containsKey(group);
    }

    /** The partition of this group, if it has a directory here. */
    Optional<PartitionId> find(RaftGroupId group) {
        return Optional.ofNullable(partitions.get(group));
    }

    List<PartitionId> all() {
        return List.copyOf(partitions.values());
    }

    Path directory(PartitionId id) {
        return root.resolve(id.topic()).resolve(id.partition() + "." + id.topicId());
    }

    /** Creates the partition's directory, durably. */
    synchronized void create(PartitionId id) throws IOException {
        Path directory = directory(id);
        disk.createDirectories(directory);
        disk.syncDirectory(root.resolve(id.topic()));
        disk.syncDirectory(root);
        partitions.put(GroupIds.of(id), id);
    }

    /** Removes the partition's directory and all in it, and its topic's when that is empty then. */
    synchronized void delete(PartitionId id) throws IOException {
        partitions.remove(GroupIds.of(id));
        disk.deleteRecursively(directory(id));
        Path topic = root.resolve(id.topic());
        if (disk.list(topic).isEmpty()) {
            disk.delete(topic);
        }
        disk.syncDirectory(root);
    }
}
