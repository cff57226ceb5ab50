package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.storage.RaftStorageMetadata;

/**
 * Ratis's own file of a group's {@link ElectionState}: Java properties {@code term} and {@code votedFor}. Ratis puts an empty
 * file in its place when the disk is full, and does not force the name of a new one to the disk. Used while the group does not
 * run.
 */
record RaftMetaFile(Disk disk, Path path) {
    private static final String NAME = "raft-meta";
    private static final String NEW_SUFFIX = ".new";
    private static final String TERM = "term";
    private static final String VOTED_FOR = "votedFor";
    private static final int MAX_BYTES = 4096;

    static RaftMetaFile of(Disk disk, Path groupDirectory) {
        return new RaftMetaFile(disk, RaftLogFile.directory(groupDirectory).resolve(NAME));
    }

    /** Whether the group has ever run here. */
    boolean exists() {
        return disk.exists(path);
    }

    /** What it says; nothing when it is not whole. */
    Optional<ElectionState> read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
        try (DiskFile file = disk.open(path)) {
            file.read(bytes, 0);
        }
        Properties properties = new Properties();
        properties.load(
                new StringReader(StandardCharsets.UTF_8.decode(bytes.flip()).toString()));
        String term = properties.getProperty(TERM);
        String votedFor = properties.getProperty(VOTED_FOR);
        try {
            return term == null || votedFor == null
                    ? Optional.empty()
                    : Optional.of(ElectionState.of(
                            RaftStorageMetadata.valueOf(Long.parseLong(term), RaftPeerId.valueOf(votedFor))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Puts a state in place of what is there; durable on return, and after a failure the file is as it was. */
    void write(ElectionState state) throws IOException {
        Path directory = Objects.requireNonNull(path.getParent());
        disk.createDirectories(directory);
        Path unfinished = directory.resolve(NAME + NEW_SUFFIX);
        String text = String.format(Locale.ROOT, "%s=%d%n%s=%s%n", TERM, state.term(), VOTED_FOR, state.votedForPeer());
        try (DiskFile file = disk.open(unfinished)) {
            file.truncate(0);
            file.write(new ByteBuffer[] {StandardCharsets.UTF_8.encode(text)}, 0);
            file.force();
        }
        disk.move(unfinished, path);
        disk.syncDirectory(directory);
    }
}
