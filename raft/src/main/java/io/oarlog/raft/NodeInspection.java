package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Finds what a stopped node has in its data directory; changes nothing. Confined to its caller. */
public final class NodeInspection {
    private final Disk disk = Disk.readOnly();
    private final Path dataDirectory;

    private NodeInspection(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /** The node whose data directory this is; nothing when it is no such directory. */
    public static Optional<NodeInspection> of(Path directory) {
        return Files.isDirectory(RaftNode.logDirectory(directory))
                        && Files.isDirectory(RaftNode.groupsDirectory(directory))
                ? Optional.of(new NodeInspection(directory))
                : Optional.empty();
    }

    /** The node in whose data directory a partition's log directory lies, if it lies in one. */
    public static Optional<NodeInspection> around(Path partitionDirectory) {
        Path directory = partitionDirectory.toAbsolutePath().normalize();
        return Optional.ofNullable(directory.getParent())
                .map(Path::getParent)
                .filter(root -> root.endsWith(RaftNode.LOG_DIRECTORY))
                .map(Path::getParent)
                .flatMap(NodeInspection::of);
    }

    /** Whether a directory holds a partition's log. */
    public static boolean isPartition(Path directory) throws IOException {
        return LogInspection.isLog(Disk.readOnly(), directory);
    }

    /** A partition's log directory on its own, of which there is no Raft log. */
    public static PartitionInspection partition(Path directory) throws IOException {
        return PartitionInspection.of(
                Disk.readOnly(),
                directory,
                PartitionDirectories.idOf(directory.toAbsolutePath().normalize()),
                Optional.empty());
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    /** All partitions, by topic and number. */
    public List<PartitionInspection> partitions() throws IOException {
        PartitionDirectories directories = PartitionDirectories.find(disk, RaftNode.logDirectory(dataDirectory));
        List<PartitionId> ids = directories.all().stream()
                .sorted(Comparator.comparing(PartitionId::topic).thenComparing(PartitionId::partition))
                .toList();
        List<PartitionInspection> found = new ArrayList<>();
        for (PartitionId id : ids) {
            Path group = RaftNode.groupsDirectory(dataDirectory)
                    .resolve(GroupIds.of(id).getUuid().toString());
            found.add(PartitionInspection.of(disk, directories.directory(id), Optional.of(id), Optional.of(group)));
        }
        return found;
    }

    /** Checks what belongs to no partition: the metadata's Raft log and snapshots, and that no partition's directory was lost. */
    public void verifyOtherGroups(Consumer<LogFinding> findings) throws IOException {
        PartitionDirectories directories = PartitionDirectories.find(disk, RaftNode.logDirectory(dataDirectory));
        List<String> known = directories.all().stream()
                .map(id -> GroupIds.of(id).getUuid().toString())
                .toList();
        try (Stream<Path> groups = Files.list(RaftNode.groupsDirectory(dataDirectory))) {
            for (Path group : groups.sorted().toList()) {
                String name = String.valueOf(group.getFileName());
                if (name.equals(GroupIds.METADATA.getUuid().toString())) {
                    new RaftLogReading(findings).read(group, (entry, file, position) -> true);
                    verifySnapshots(group, findings);
                } else if (!known.contains(name)) {
                    findings.accept(new LogFinding(
                            LogFinding.Kind.DAMAGE,
                            group,
                            0,
                            LogFinding.NO_OFFSET,
                            "a Raft group whose partition has no directory below "
                                    + RaftNode.logDirectory(dataDirectory)));
                }
            }
        }
    }

    private void verifySnapshots(Path group, Consumer<LogFinding> findings) throws IOException {
        Path directory = group.resolve(SnapshotFiles.DIRECTORY);
        for (Path path : disk.isDirectory(directory) ? disk.list(directory) : List.<Path>of()) {
            Optional<SnapshotFile> snapshot = SnapshotFile.of(path);
            if (snapshot.isEmpty()) {
                continue;
            }
            try {
                snapshot.get().verify(disk, path);
            } catch (DamagedSnapshotException e) {
                findings.accept(new LogFinding(
                        LogFinding.Kind.DAMAGE, path, 0, LogFinding.NO_OFFSET, String.valueOf(e.getMessage())));
            }
        }
    }
}
