package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.protocol.TermIndex;

/** Ratis's file of a group's members, {@code <group>/current/raft-meta.conf}: the entry that named them. Confined to its user. */
final class ConfigurationFile {
    private static final String NAME = "raft-meta.conf";

    private final Path file;

    ConfigurationFile(Path groupDirectory) {
        this.file = RaftLogFile.directory(groupDirectory).resolve(NAME);
    }

    /** How many members the file names; empty when there is no file. */
    OptionalInt size() throws IOException {
        return Files.exists(file)
                ? OptionalInt.of(LogEntryProto.parseFrom(Files.readAllBytes(file))
                        .getConfigurationEntry()
                        .getPeersCount())
                : OptionalInt.empty();
    }

    /**
     * Names one member alone, as an entry behind all that are in the Raft log would: Ratis takes the one with the highest index when it
     * opens the group, and writes that entry as soon as it leads. Durable on return; until then the file is as it was.
     *
     * @param last entry of the Raft log, or of the snapshot in its place
     */
    void writeAlone(Disk disk, RaftPeer member, TermIndex last) throws IOException {
        LogEntryProto entry = LogEntryProto.newBuilder()
                .setTerm(last.getTerm())
                .setIndex(last.getIndex() + 1)
                .setConfigurationEntry(RaftConfigurationProto.newBuilder().addPeers(member.getRaftPeerProto()))
                .build();
        Path unfinished = file.resolveSibling(NAME + ".new");
        try (DiskFile opened = disk.open(unfinished)) {
            opened.truncate(0);
            opened.write(new ByteBuffer[] {ByteBuffer.wrap(entry.toByteArray())}, 0);
            opened.force();
        }
        disk.move(unfinished, file);
        disk.syncDirectory(file.resolveSibling(""));
    }
}
