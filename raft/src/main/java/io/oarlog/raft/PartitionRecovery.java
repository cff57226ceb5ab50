package io.oarlog.raft;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one replica lead a partition alone that lost its majority for good: the others' disks were given up, so they never vote again.
 * What the others had, and it has not, is lost, acknowledged or not; so an operator has to ask for it. Thread-safe.
 *
 * <p>Only where the disks of so many members were given up that the rest is no majority, so no other replica can lead beside it, then
 * or later; and only when all the rest answers. The one with the last entry of the highest term, and of those the longest log, has all
 * that any of the rest knows to be committed (Raft, section 5.4.1).
 */
final class PartitionRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionRecovery.class);

    private final RaftServer server;
    private final ClusterPeers peers;
    private final Hosting hosting;
    private final Disk disk;
    private final Executor pool;

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

    /** @param pool for calls that wait */
    PartitionRecovery(RaftServer server, ClusterPeers peers, Hosting hosting, Disk disk, Executor pool) {
        this.server = server;
        this.peers = peers;
        this.hosting = hosting;
        this.disk = disk;
        this.pool = pool;
    }

    /**
     * Asks all nodes what they have of a partition.
     *
     * @param assigned node ids of its replicas
     * @return completes when all have answered, or 10 s later
     */
    CompletableFuture<PartitionQuorum> look(PartitionId id, List<Integer> assigned) {
        return answers(id).thenApply(answers -> PartitionQuorum.of(assigned, answers, peers::isFormer));
    }

    /**
     * Has the replica with the most lead alone. What becomes of the others is the leader's, see {@link PartitionMembers}.
     *
     * @param assigned node ids of its replicas
     * @return completes with the node, when its replica was opened anew: it leads within an election timeout. Fails with {@link
     *     RecoveryRefusedException}, or with {@link IOException} when it is not known what became of it; asking again does no harm
     */
    CompletableFuture<Integer> recover(PartitionId id, List<Integer> assigned) {
        return answers(id)
                .thenComposeAsync(
                        answers -> {
                            PartitionQuorum quorum = PartitionQuorum.of(assigned, answers, peers::isFormer);
                            if (quorum.refusal().isPresent()) {
                                return CompletableFuture.failedFuture(new RecoveryRefusedException(
                                        quorum.refusal().get()));
                            }
                            PartitionQuorum.Answer survivor = answers.stream()
                                    .filter(answer ->
                                            answer.node() == quorum.survivor().orElseThrow())
                                    .findFirst()
                                    .orElseThrow();
                            LOG.atWarn()
                                    .addKeyValue("partition", id)
                                    .addKeyValue("replicas", quorum.replicas())
                                    .addKeyValue("survivor", survivor.peer())
                                    .log("an operator has one replica lead alone; what it does not have is lost");
                            TermIndex last = survivor.open().orElseThrow().last();
                            ask(survivor.peer(), ReplicaRequest.toLeadAlone(id, last));
                            return CompletableFuture.completedFuture(survivor.node());
                        },
                        pool);
    }

    private CompletableFuture<List<PartitionQuorum.Answer>> answers(PartitionId id) {
        List<CompletableFuture<PartitionQuorum.Answer>> asked = peers.all().values().stream()
                .map(RaftPeer::getId)
                .map(peer -> CompletableFuture.supplyAsync(
                        () -> new PartitionQuorum.Answer(peer, report(peer, ReplicaRequest.ofReport(id))), pool))
                .toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done -> asked.stream().map(CompletableFuture::join).toList());
    }

    private Optional<ReplicaReport> report(RaftPeerId peer, ReplicaRequest request) {
        try {
            return Optional.of(ReplicaReport.decode(ask(peer, request)));
        } catch (IOException | CompletionException e) {
            LOG.atInfo().addKeyValue("peer", peer).addKeyValue("reason", e).log("a node does not say what it has");
            return Optional.empty();
        }
    }

    /** @throws CompletionException of an {@link IOException} when there is no answer, or it is no */
    private ByteBuffer ask(RaftPeerId peer, ReplicaRequest request) {
        try (PeerReads reads = new PeerReads(peers.metadataGroup())) {
            return reads.ask(peer, request.encode());
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** What this node answers another one. On a thread of Ratis's; does not wait. */
    CompletableFuture<ByteBuffer> answer(ReplicaRequest request) {
        return CompletableFuture.completedFuture(request)
                .thenComposeAsync(
                        asked -> asked.isToLeadAlone()
                                ? leadAlone(asked.partition(), asked.last()).thenApply(done -> ByteBuffer.allocate(0))
                                : CompletableFuture.completedFuture(
                                        own(asked.partition()).encode()),
                        pool);
    }

    private ReplicaReport own(PartitionId id) {
        RaftGroupId group = GroupIds.of(id);
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

    /** Also one that is not ready yet. */
    private static OptionalInt leader(RaftServer.Division division) {
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null ? OptionalInt.empty() : OptionalInt.of(PeerIds.nodeOf(leader));
    }

    private static TermIndex last(RaftPartition partition, RaftServer.Division division) {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        TermIndex snapshot = partition.latestSnapshot();
        return Objects.requireNonNullElse(last, Objects.requireNonNullElse(snapshot, TermIndex.INITIAL_VALUE));
    }

    /**
     * Has this node's replica lead alone.
     *
     * @param last entry that it said to have
     * @return fails when it is not as it was, or its group may have a leader still
     */
    private CompletableFuture<Void> leadAlone(PartitionId id, TermIndex last) {
        ReplicaReport own = own(id);
        RaftPartition partition = hosting.find(GroupIds.of(id));
        if (partition == null
                || own.state() != ReplicaReport.State.OPEN
                || own.leader().isPresent()
                || !own.last().equals(last)
                || !PartitionQuorum.isLost(own, peers::isFormer)) {
            return CompletableFuture.failedFuture(
                    new IOException("the replica is not as it was, or has a leader by now: " + own));
        }
        RaftPeer self = RaftPeer.newBuilder(peers.of(PeerIds.nodeOf(server.getId())))
                .setPriority(StandIns.PREFERRED_PRIORITY)
                .build();
        AtomicBoolean isWritten = new AtomicBoolean();
        return hosting.reopen(partition, directory -> {
                    try {
                        new ConfigurationFile(directory).writeAlone(disk, self, last);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e.getMessage(), e);
                    }
                    isWritten.set(true);
                })
                .thenRun(() -> {
                    if (!isWritten.get()) {
                        throw new IllegalStateException("the replica was opened anew meanwhile; ask again");
                    }
                    LOG.atWarn()
                            .addKeyValue("partition", id)
                            .addKeyValue("last", last)
                            .addKeyValue("members", own.members())
                            .log("leads alone from now on, as an operator asked");
                });
    }
}
