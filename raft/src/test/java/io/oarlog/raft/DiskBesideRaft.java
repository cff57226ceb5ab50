package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import java.io.IOException;
import java.nio.file.Path;

/** A node's disk that is not the machine's own, but for the files of Raft's logs: Ratis writes these to that one. */
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
    public void syncDirectory(Path directory) throws IOException {
        if (isOfRaft(directory)) {
            system.syncDirectory(directory);
        } else {
            super.syncDirectory(directory);
        }
    }
}
