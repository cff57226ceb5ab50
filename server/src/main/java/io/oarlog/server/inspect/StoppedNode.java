package io.oarlog.server.inspect;

import io.oarlog.raft.NodeInspection;
import io.oarlog.raft.PartitionInspection;
import io.oarlog.server.DataDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a stopped node has in its data directory, or one partition of it. While it is open no node can start there. Confined
 * to its user.
 */
public final class StoppedNode implements AutoCloseable {
    private final List<PartitionInspection> partitions;
    private final Optional<NodeInspection> whole;
    private final Closeable lock;

    private StoppedNode(List<PartitionInspection> partitions, Optional<NodeInspection> whole, Closeable lock) {
        this.partitions = partitions;
        this.whole = whole;
        this.lock = lock;
    }

    /**
     * Opens what a user named: a node's data directory, or the log directory of one partition.
     *
     * @throws InspectionRefusedException when it is neither, when a node runs on it, or when nothing in it is selected
     * @throws IOException when it cannot be read
     */
    public static StoppedNode open(Path directory, Selection selection) throws IOException {
        Optional<NodeInspection> node = NodeInspection.of(directory);
        if (node.isEmpty() && !NodeInspection.isPartition(directory)) {
            throw new InspectionRefusedException(neither(directory));
        }
        Optional<NodeInspection> around = node.or(() -> NodeInspection.around(directory));
        Closeable lock = around.isPresent() ? hold(around.get().dataDirectory()) : () -> {};
        try {
            List<PartitionInspection> found = node.isPresent()
                    ? node.get().partitions()
                    : List.of(
                            around.isPresent() ? within(around.get(), directory) : NodeInspection.partition(directory));
            List<PartitionInspection> selected =
                    found.stream().filter(selection::includes).toList();
            if (selected.isEmpty() && !selection.isAll()) {
                throw new InspectionRefusedException("no " + selection + " in " + directory);
            }
            return new StoppedNode(selected, selection.isAll() ? node : Optional.empty(), lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Closeable hold(Path dataDirectory) throws IOException {
        return DataDirectory.holdUnused(dataDirectory)
                .orElseThrow(() -> new InspectionRefusedException(dataDirectory
                        + ": a node runs here; stop it first, what it writes meanwhile would look damaged"));
    }

    private static PartitionInspection within(NodeInspection node, Path directory) throws IOException {
        Path wanted = directory.toAbsolutePath().normalize();
        for (PartitionInspection partition : node.partitions()) {
            if (partition.directory().equals(wanted)) {
                return partition;
            }
        }
        return NodeInspection.partition(directory);
    }

    private static String neither(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return directory + ": no such directory";
        }
        List<Path> nodes;
        try (Stream<Path> children = Files.list(directory)) {
            nodes = children.filter(child -> NodeInspection.of(child).isPresent())
                    .sorted()
                    .toList();
        }
        return directory + ": neither a node's data directory nor a partition's log directory"
                + (nodes.isEmpty() ? "" : "; did you mean " + nodes.get(0) + "?");
    }

    /** The selected partitions, by topic and number. */
    List<PartitionInspection> partitions() {
        return partitions;
    }

    /** The node, when all of it is looked at. */
    Optional<NodeInspection> whole() {
        return whole;
    }

    /** Lets a node start again. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
