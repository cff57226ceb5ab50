package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one replica lead a partition alone that lost its majority for good: the others' disks were given up, so they vote no more. What
 * the others had, and it has not, is lost, acknowledged or not; so an operator has to ask for it. Thread-safe.
 *
 * <p>Only where the disks of so many members were given up that the rest is no majority, so no other replica can lead beside it, then
 * or later: should one of those run again all the same, the others refuse it (see {@link DurableReplies}). And only when all the rest
 * answers. The one with the last entry of the highest term, and of those the longest log, has all that any of the rest knows to be
 * committed (Raft, section 5.4.1).
 */
final class PartitionRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionRecovery.class);

    private static final int ANSWER_SECONDS = 10;
    /** All have answered then, and the one that is left has opened its replica. */
    private static final int RECOVERY_SECONDS = 40;

    private final RaftPeerId self;
    private final ClusterPeers peers;
    private final LoneReplicas own;
    private final Executor pool;
    /** By the group: whoever asks meanwhile is told the same. */
    private final Map<RaftGroupId, CompletableFuture<Integer>> underWay = new ConcurrentHashMap<>();

    /** @param pool for calls that wait for other nodes, which may wait for this one: nothing that answers uses it. May refuse tasks */
    PartitionRecovery(RaftPeerId self, ClusterPeers peers, LoneReplicas own, Executor pool) {
        this.self = self;
        this.peers = peers;
        this.own = own;
        this.pool = pool;
    }

    /**
     * Asks all nodes what they have of a partition.
     *
     * @param assigned node ids of its replicas
     * @return completes when all have answered, or 10 s later
     */
    CompletableFuture<PartitionQuorum> look(PartitionId id, List<Integer> assigned) {
        return answers(id).thenApply(answers -> PartitionQuorum.of(assigned, answers, peers::isGivenUp));
    }

    /**
     * Has the replica with the most lead alone. What becomes of the others is the leader's, see {@link PartitionMembers}.
     *
     * @param assigned node ids of its replicas
     * @return completes with the node, when its replica was opened anew: it leads within an election timeout. Fails with {@link
     *     RecoveryRefusedException}, or with {@link IOException} when it is not known what became of it; asking again does no harm
     */
    CompletableFuture<Integer> recover(PartitionId id, List<Integer> assigned) {
        RaftGroupId group = GroupIds.of(id);
        CompletableFuture<Integer> begun = new CompletableFuture<>();
        CompletableFuture<Integer> before = underWay.putIfAbsent(group, begun);
        if (before != null) {
            return before.copy();
        }
        var unused = answers(id)
                .thenComposeAsync(answers -> recover(id, assigned, answers), pool)
                .orTimeout(RECOVERY_SECONDS, TimeUnit.SECONDS)
                .whenComplete((survivor, failure) -> {
                    underWay.remove(group, begun);
                    if (failure == null) {
                        begun.complete(survivor);
                    } else {
                        begun.completeExceptionally(failure);
                    }
                });
        return begun.copy();
    }

    private CompletableFuture<Integer> recover(
            PartitionId id, List<Integer> assigned, List<PartitionQuorum.Answer> answers) {
        PartitionQuorum quorum = PartitionQuorum.of(assigned, answers, peers::isGivenUp);
        if (quorum.refusal().isPresent()) {
            return CompletableFuture.failedFuture(new RecoveryRefusedException(
                    quorum.refusal().get(), quorum.leader().isPresent()));
        }
        PartitionQuorum.Answer survivor = answers.stream()
                .filter(answer -> answer.node() == quorum.survivor().orElseThrow())
                .findFirst()
                .orElseThrow();
        LOG.atWarn()
                .addKeyValue("partition", id)
                .addKeyValue("replicas", quorum.replicas())
                .addKeyValue("survivor", survivor.peer())
                .log("an operator has one replica lead alone; what it does not have is lost");
        TermIndex last = survivor.open().orElseThrow().last();
        if (survivor.peer().equals(self)) {
            return own.leadAlone(id, last).thenApply(done -> survivor.node());
        }
        ask(survivor.peer(), ReplicaRequest.toLeadAlone(id, last));
        return CompletableFuture.completedFuture(survivor.node());
    }

    private CompletableFuture<List<PartitionQuorum.Answer>> answers(PartitionId id) {
        List<CompletableFuture<PartitionQuorum.Answer>> asked;
        try {
            asked = peers.all().values().stream()
                    .map(RaftPeer::getId)
                    .map(peer -> answer(peer, id))
                    .toList();
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(
                    new IOException("this node asks about too many partitions already; ask again", e));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(done -> asked.stream().map(CompletableFuture::join).toList());
    }

    /** Nothing of one that is silent. */
    private CompletableFuture<PartitionQuorum.Answer> answer(RaftPeerId peer, PartitionId id) {
        if (peer.equals(self)) {
            return CompletableFuture.completedFuture(new PartitionQuorum.Answer(peer, Optional.of(own.report(id))));
        }
        return CompletableFuture.supplyAsync(() -> new PartitionQuorum.Answer(peer, report(peer, id)), pool)
                .completeOnTimeout(
                        new PartitionQuorum.Answer(peer, Optional.empty()), ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    private Optional<ReplicaReport> report(RaftPeerId peer, PartitionId id) {
        try {
            return Optional.of(ReplicaReport.decode(ask(peer, ReplicaRequest.ofReport(id))));
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
}
