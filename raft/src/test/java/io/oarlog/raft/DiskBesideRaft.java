package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A node's disk that is not the machine's own, but for Raft's logs and snapshots: Ratis writes to that one. */
final class DiskBesideRaft extends ForwardingDisk {
    private final Disk system = Disk.system();
    private final Path raftDirectory;

    DiskBesideRaft(Disk disk, Path dataDirectory) {
        super(disk);
        this.raftDirectory = RaftNode.groupsDirectory(dataDirectory);
    }

    private boolean isOfRaft(Path path) {
        return path.startsWith(raftDirectory);
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        return isOfRaft(file) ? system.open(file) : super.open(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        if (isOfRaft(directory)) {
            system.createDirectories(directory);
        } else {
            super.createDirectories(directory);
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return isOfRaft(directory) ? system.list(directory) : super.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return isOfRaft(path) ? system.exists(path) : super.exists(path);
    }

    @Override
    public void delete(Path path) throws IOException {
        if (isOfRaft(path)) {
            system.delete(path);
        } else {
            super.delete(path);
        }
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        if (isOfRaft(source)) {
            system.move(source, target);
        } else {
            super.move(source, target);
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (isOfRaft(directory)) {
            system.syncDirectory(directory);
        } else {
            super.syncDirectory(directory);
        }
    }
}
