package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what this node has of a partition, and has its replica lead alone, when another node asks; see {@link PartitionRecovery}.
 * Thread-safe; waits for nothing.
 */
final class LoneReplicas {
    private static final Logger LOG = LoggerFactory.getLogger(LoneReplicas.class);

    private final RaftServer server;
    private final ClusterPeers peers;
    private final Hosting hosting;
    private final Disk disk;

    /** The partitions of this node. Thread-safe. */
    interface Hosting {
        /** The one that is open, or fenced; null when there is none. */
        @Nullable
        RaftPartition find(RaftGroupId group);

        boolean isOnDisk(RaftGroupId group);

        /**
         * Opens it anew.
         *
         * @param change of the group's directory, while it is closed; not run when it was opened anew by others meanwhile
         */
        CompletableFuture<Void> reopen(RaftPartition partition, Consumer<Path> change);
    }

    LoneReplicas(RaftServer server, ClusterPeers peers, Hosting hosting, Disk disk) {
        this.server = server;
        this.peers = peers;
        this.hosting = hosting;
        this.disk = disk;
    }

    /** The answer to another node: an encoded {@link ReplicaReport}, or nothing when its replica was opened anew to lead alone. */
    CompletableFuture<ByteBuffer> answer(ReplicaRequest request) {
        return request.isToLeadAlone()
                ? leadAlone(request.partition(), request.last()).thenApply(done -> ByteBuffer.allocate(0))
                : CompletableFuture.completedFuture(report(request.partition()).encode());
    }

    /** What this node has. */
    ReplicaReport report(PartitionId id) {
        try {
            return lookAt(GroupIds.of(id));
        } catch (RuntimeException e) {
            LOG.atInfo().addKeyValue("partition", id).addKeyValue("reason", e).log("it is just being opened or closed");
            return ReplicaReport.without(ReplicaReport.State.UNUSABLE);
        }
    }

    private ReplicaReport lookAt(RaftGroupId group) {
        RaftPartition partition = hosting.find(group);
        RaftServer.Division division = RaftDivisions.find(server, group);
        if (partition == null
                || division == null
                || !partition.isOpen()
                || partition.isFenced()
                || !division.getRaftLog().isOpened()) {
            return ReplicaReport.without(
                    hosting.isOnDisk(group) ? ReplicaReport.State.UNUSABLE : ReplicaReport.State.ABSENT);
        }
        RaftConfiguration members = division.getRaftConf();
        return new ReplicaReport(
                ReplicaReport.State.OPEN,
                leader(division),
                last(partition, division),
                partition.logEndOffset(),
                partition.highWatermark(),
                members.getCurrentPeers().stream().map(RaftPeer::getId).toList(),
                members.getPreviousPeers().stream().map(RaftPeer::getId).toList());
    }

    /** Also one that is not ready yet. A replica that waits for being made a member never forgets its leader, and is not asked. */
    private static OptionalInt leader(RaftServer.Division division) {
        RaftPeerId leader = division.getInfo().getLeaderId();
        boolean isMember = division.getInfo().getLifeCycleState() == LifeCycle.State.RUNNING;
        return leader != null && isMember ? OptionalInt.of(PeerIds.nodeOf(leader)) : OptionalInt.empty();
    }

    private static TermIndex last(RaftPartition partition, RaftServer.Division division) {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        TermIndex snapshot = partition.latestSnapshot();
        return Objects.requireNonNullElse(last, Objects.requireNonNullElse(snapshot, TermIndex.INITIAL_VALUE));
    }

    /**
     * Has this node's replica lead alone: names it the only member, and opens it anew.
     *
     * @param last entry that it said to have
     * @return fails when it is not as it was, or its group may have a leader still, or the disk does not take it: it is a member as
     *     before then
     */
    CompletableFuture<Void> leadAlone(PartitionId id, TermIndex last) {
        ReplicaReport own = report(id);
        RaftPartition partition = hosting.find(GroupIds.of(id));
        if (partition == null
                || own.state() != ReplicaReport.State.OPEN
                || own.leader().isPresent()
                || !own.last().equals(last)
                || !PartitionQuorum.isLost(own, peers::isGivenUp)) {
            return CompletableFuture.failedFuture(
                    new IOException("the replica is not as it was, or has a leader by now: " + own));
        }
        RaftPeer self = RaftPeer.newBuilder(peers.of(PeerIds.nodeOf(server.getId())))
                .setId(server.getId())
                .setPriority(StandIns.PREFERRED_PRIORITY)
                .build();
        CompletableFuture<Void> written = new CompletableFuture<>();
        return hosting.reopen(partition, directory -> write(directory, self, last, written))
                .thenCompose(opened -> written.isDone()
                        ? written
                        : CompletableFuture.failedFuture(
                                new IOException("the replica was opened anew meanwhile; ask again")))
                .thenRun(() -> LOG.atWarn()
                        .addKeyValue("partition", partition.id())
                        .addKeyValue("last", last)
                        .addKeyValue("members", own.members())
                        .log("leads alone from now on, as an operator asked"));
    }

    /** Throws nothing: where it fails the replica is to be opened as it was. */
    private void write(Path directory, RaftPeer self, TermIndex last, CompletableFuture<Void> written) {
        try {
            new ConfigurationFile(directory).writeAlone(disk, self, last);
            written.complete(null);
        } catch (IOException | RuntimeException e) {
            written.completeExceptionally(e);
        }
    }
}
