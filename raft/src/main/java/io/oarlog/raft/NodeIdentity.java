package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;

/**
 * Under which name a node takes part, and with what it starts. A node with an empty disk must not use a name under which it may
 * have voted or acknowledged: when others have a cluster already it takes one that nobody has heard of. So does one that comes back
 * under another address while the others go on: to them a name stands for one address, on connections that they have already.
 * Immutable.
 *
 * <pre>
 * &lt;data.dir&gt;/raft/peer-id   the name, where it is not the node's id, see {@link PeerIds}; in a second line the one that it had
 *                           before, with the same disk
 * &lt;data.dir&gt;/raft/address   where it was when it heard of a leader last
 * &lt;data.dir&gt;/raft/member    empty: it was a member under this name
 * </pre>
 *
 * @param name of this node's Raft server
 * @param group the metadata group to start with: of a node that has it already, or is alone; null when it has none yet
 * @param formerName that it had with this disk, if it had another one
 * @param membership remembers that it was a member
 */
record NodeIdentity(
        RaftPeerId name,
        Optional<RaftPeerId> formerName,
        @Nullable RaftGroup group,
        Membership membership) {
    private static final String FILE = "peer-id";
    private static final String ADDRESS = "address";
    private static final String MEMBER = "member";
    private static final int MIN_MEMBERS = 3;
    private static final int MAX_FILE_BYTES = 1_024;
    private static final int ROUNDS = 3;

    /**
     * Whether this node was a member of the metadata group: one that was, and is none, was removed; one that was not is on its way
     * in. Confined to its user.
     */
    static final class Membership {
        private final Disk disk;
        private final Path file;
        private boolean isKnown;
        private @Nullable String knownAddress;

        private Membership(Disk disk, Path raftDirectory) {
            this.disk = disk;
            this.file = raftDirectory.resolve(MEMBER);
            this.isKnown = disk.exists(file);
        }

        /** It hears of a leader, at this address. */
        void rememberAddress(String address) throws IOException {
            if (!address.equals(knownAddress)) {
                write(disk, file.resolveSibling(ADDRESS), address);
                knownAddress = address;
            }
        }

        boolean was() {
            return isKnown;
        }

        /** It is one now. Durable on return. */
        void remember() throws IOException {
            if (!isKnown) {
                try (DiskFile created = disk.open(file)) {
                    created.force();
                }
                disk.syncDirectory(file.resolveSibling(""));
                isKnown = true;
            }
        }

        private void forget() throws IOException {
            if (isKnown) {
                disk.delete(file);
                disk.syncDirectory(file.resolveSibling(""));
                isKnown = false;
            }
        }
    }

    /**
     * Finds it, and makes a new name durable. Asks the other nodes when the disk is empty or the address another one, which takes a
     * few seconds when they do not answer.
     *
     * @param raftDirectory which is there
     * @param pool for calls that wait
     */
    static NodeIdentity find(
            RaftNodeSettings settings, Disk disk, Path raftDirectory, Path metadataDirectory, Executor pool)
            throws IOException {
        Path file = raftDirectory.resolve(FILE);
        List<RaftPeer> configured = ClusterPeers.configured(settings);
        List<RaftPeer> others = configured.stream()
                .filter(peer -> PeerIds.nodeOf(peer.getId()) != settings.nodeId())
                .toList();
        Membership membership = new Membership(disk, raftDirectory);
        // A power cut may take Ratis's file away, which it does not force to the disk; not what was written since.
        boolean isBegun = RaftMetaFile.of(disk, metadataDirectory).exists()
                || !RaftLogFile.list(metadataDirectory).isEmpty();
        NodeIdentity found;
        if (!isBegun && others.isEmpty()) {
            // Its settings need not name those that have joined it since: with an empty disk it is none of theirs.
            RaftPeerId name = PeerIds.unheardOf(settings.nodeId(), new SecureRandom());
            membership.forget();
            write(disk, file, name.toString());
            found = new NodeIdentity(name, Optional.empty(), alone(settings, name), membership);
        } else if (isBegun) {
            NodeIdentity last = last(disk, file, settings, membership);
            boolean isElsewhere = isElsewhere(settings, disk, raftDirectory, last.name(), others, pool);
            if (isElsewhere) {
                requireMajorities(metadataDirectory.resolveSibling(""), last.name());
            }
            found = isElsewhere ? renamed(disk, file, settings, last.name(), membership) : last;
        } else {
            membership.forget();
            found = isClusterThere(others, pool)
                    ? named(disk, file, PeerIds.unheardOf(settings.nodeId(), new SecureRandom()), membership)
                    : plain(disk, file, settings, membership);
        }
        return found;
    }

    private static RaftGroup alone(RaftNodeSettings settings, RaftPeerId name) {
        return RaftGroup.valueOf(
                GroupIds.METADATA,
                RaftPeer.newBuilder()
                        .setId(name)
                        .setAddress(settings.address().toString())
                        .build());
    }

    /** As it was when it ran last. */
    private static NodeIdentity last(Disk disk, Path file, RaftNodeSettings settings, Membership membership)
            throws IOException {
        List<RaftPeerId> names =
                read(disk, file).stream().map(RaftPeerId::valueOf).toList();
        if (names.isEmpty()) {
            return new NodeIdentity(
                    PeerIds.of(settings.nodeId()),
                    Optional.empty(),
                    RaftGroup.valueOf(GroupIds.METADATA, ClusterPeers.configured(settings)),
                    membership);
        }
        // It knows the members from its own log; one that began alone may not have got to write anything.
        return new NodeIdentity(
                names.get(0),
                names.size() > 1 ? Optional.of(names.get(1)) : Optional.empty(),
                settings.nodes().size() == 1 ? alone(settings, names.get(0)) : RaftGroup.valueOf(GroupIds.METADATA),
                membership);
    }

    /** Whether the others go on, and know this node by another address. */
    private static boolean isElsewhere(
            RaftNodeSettings settings,
            Disk disk,
            Path raftDirectory,
            RaftPeerId name,
            List<RaftPeer> others,
            Executor pool)
            throws IOException {
        String address = settings.address().toString();
        List<String> before = read(disk, raftDirectory.resolve(ADDRESS));
        return !before.isEmpty()
                && !before.get(0).equals(address)
                && MetadataInquiry.ask(others, pool).stream()
                        .filter(MetadataInquiry.Answer.Member.class::isInstance)
                        .map(MetadataInquiry.Answer.Member.class::cast)
                        .filter(MetadataInquiry.Answer.Member::isLed)
                        .flatMap(member -> member.members().stream())
                        .anyMatch(peer ->
                                peer.getId().equals(name) && !peer.getAddress().equals(address));
    }

    /** A group that has no majority without this peer could not take it in under another name. */
    private static void requireMajorities(Path groupsDirectory, RaftPeerId name) throws IOException {
        List<Path> groups;
        try (Stream<Path> found = Files.list(groupsDirectory)) {
            groups = found.toList();
        }
        for (Path group : groups) {
            int members = new ConfigurationFile(group).size().orElse(0);
            if (members < MIN_MEMBERS) {
                throw new IOException("node " + name
                        + " has another address, by which the others can only find it where"
                        + " all of its partitions have three replicas or more: start it at the address that it had, and"
                        + " give them more replicas or move them first; " + group.getFileName() + " has " + members);
            }
        }
    }

    private static NodeIdentity renamed(
            Disk disk, Path file, RaftNodeSettings settings, RaftPeerId former, Membership membership)
            throws IOException {
        membership.forget();
        RaftPeerId name = PeerIds.unheardOf(settings.nodeId(), new SecureRandom());
        write(disk, file, name + "\n" + former);
        return new NodeIdentity(name, Optional.of(former), RaftGroup.valueOf(GroupIds.METADATA), membership);
    }

    private static NodeIdentity named(Disk disk, Path file, RaftPeerId name, Membership membership) throws IOException {
        write(disk, file, name.toString());
        return new NodeIdentity(name, Optional.empty(), null, membership);
    }

    private static NodeIdentity plain(Disk disk, Path file, RaftNodeSettings settings, Membership membership)
            throws IOException {
        if (disk.exists(file)) {
            disk.delete(file);
            disk.syncDirectory(file.resolveSibling(""));
        }
        return new NodeIdentity(PeerIds.of(settings.nodeId()), Optional.empty(), null, membership);
    }

    /** Asks those again that say nothing: a busy node takes its time. */
    private static boolean isClusterThere(List<RaftPeer> others, Executor pool) {
        for (int round = 0; round < ROUNDS; round++) {
            List<MetadataInquiry.Answer> answers = MetadataInquiry.ask(others, pool);
            if (answers.stream()
                    .anyMatch(
                            answer -> answer instanceof MetadataInquiry.Answer.Member member && member.hasEntries())) {
                return true;
            } else if (answers.stream().noneMatch(MetadataInquiry.Answer.Silent.class::isInstance)) {
                return false;
            }
        }
        return false;
    }

    /** Whether it is not one of those that a cluster begins with. */
    boolean isLateComer() {
        return !name.equals(PeerIds.of(PeerIds.nodeOf(name)));
    }

    /** Its lines; none when it is not there. */
    private static List<String> read(Disk disk, Path file) throws IOException {
        if (!disk.exists(file)) {
            return List.of();
        }
        ByteBuffer bytes = ByteBuffer.allocate(MAX_FILE_BYTES);
        try (DiskFile opened = disk.open(file)) {
            opened.read(bytes, 0);
        }
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString().lines().toList();
    }

    private static void write(Disk disk, Path file, String text) throws IOException {
        if (String.join("\n", read(disk, file)).equals(text)) {
            return;
        }
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (DiskFile opened = disk.open(unfinished)) {
            opened.truncate(0);
            opened.write(new ByteBuffer[] {StandardCharsets.US_ASCII.encode(text)}, 0);
            opened.force();
        }
        disk.move(unfinished, file);
        disk.syncDirectory(file.resolveSibling(""));
    }
}
