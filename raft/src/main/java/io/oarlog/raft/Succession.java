package io.oarlog.raft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has leaders replaced that have died, without the wait for the election timeout. Each follower asks the others that are left how far
 * their logs are; the one with the longest stands for election, as it would if its leader had told it to. When it does not, the next
 * stands. Thread-safe.
 *
 * <p>An election that nobody needed costs its leader the term, and no entry: a vote is given by the logs alone, as ever.
 */
final class Succession {
    private static final Logger LOG = LoggerFactory.getLogger(Succession.class);
    /** For what another follower has; one that does not answer by then is not waited for. */
    private static final long ANSWER_MILLIS = 200;
    /** An election takes less, on a busy machine as well. */
    private static final long NEXT_STANDS_MILLIS = 300;
    /** Before a group that has to let others go first tries again. */
    private static final long AGAIN_MILLIS = 5;
    /** By then the election timeout has decided. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** As many as two cores get on with. */
    private static final int MAX_CANDIDACIES = 8;

    private final RaftServer server;
    private final BooleanSupplier hasRoom;
    private final ScheduledExecutorService pool;
    private final Set<RaftGroupId> asking = ConcurrentHashMap.newKeySet();
    private final Candidacies candidacies = new Candidacies(MAX_CANDIDACIES, this::isCandidate, System::nanoTime);

    /**
     * Of one node.
     *
     * @param hasRoom whether its disk takes a term
     * @param pool waits for answers of other nodes; not shut down here
     */
    Succession(RaftServer server, BooleanSupplier hasRoom, ScheduledExecutorService pool) {
        this.server = server;
        this.hasRoom = hasRoom;
        this.pool = pool;
    }

    /** Has those succeeded in their groups that led one when they died. Returns soon. */
    void begin(Set<RaftPeerId> dead) {
        StreamSupport.stream(server.getGroupIds().spliterator(), false)
                // The metadata first: all else is found there.
                .sorted(Comparator.comparing((RaftGroupId group) -> !group.equals(GroupIds.METADATA)))
                .forEach(group -> begin(group, dead));
    }

    private void begin(RaftGroupId group, Set<RaftPeerId> dead) {
        RaftServer.Division division = RaftDivisions.find(server, group);
        RaftPeerId leader = division == null ? null : division.getInfo().getLeaderId();
        if (division != null && leader != null && dead.contains(leader)) {
            Death death =
                    new Death(group, leader, division.getInfo().getCurrentTerm(), System.nanoTime() + LIMIT_NANOS);
            if (asking.add(group)) { // looks come sooner than answers where there are hundreds
                schedule(() -> tryAsk(death, dead), 0);
            }
        }
    }

    private void schedule(Runnable task, long delayMillis) {
        try {
            var unused = pool.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops and stands for nothing any more");
        }
    }

    /** A leader that has died in its term. */
    private record Death(RaftGroupId group, RaftPeerId leader, long term, long untilNanos) {}

    private Optional<RaftServer.Division> follower(Death death) {
        RaftServer.Division division = RaftDivisions.find(server, death.group());
        return division != null
                        && division.getInfo().getCurrentRole() == RaftPeerRole.FOLLOWER
                        && division.getInfo().getCurrentTerm() == death.term()
                        && death.leader().equals(division.getInfo().getLeaderId())
                        && System.nanoTime() - death.untilNanos() < 0
                ? Optional.of(division)
                : Optional.empty();
    }

    private void tryAsk(Death death, Set<RaftPeerId> dead) {
        try {
            ask(death, dead);
        } catch (RuntimeException e) {
            asking.remove(death.group());
            LOG.atDebug().addKeyValue("group", death.group()).setCause(e).log("its replica is just being closed");
        }
    }

    private void ask(Death death, Set<RaftPeerId> dead) {
        Optional<RaftServer.Division> follower = follower(death);
        if (follower.isEmpty()) {
            asking.remove(death.group());
            return;
        }
        RaftServer.Division division = follower.get();
        Collection<RaftPeer> members = division.getRaftConf().getCurrentPeers();
        Map<RaftPeerId, CompletableFuture<TermIndex>> asked = new HashMap<>();
        for (RaftPeer member : members) {
            if (!dead.contains(member.getId()) && !member.getId().equals(division.getId())) {
                asked.put(member.getId(), lastEntry(division, member.getId()));
            }
        }
        var unused = CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .handle((answered, failure) -> last(division, asked))
                .whenComplete((last, failure) -> asking.remove(death.group()))
                .thenAccept(last -> {
                    int rank = order(death.group(), members, last).indexOf(division.getId());
                    if (rank >= 0) {
                        schedule(() -> stand(death), rank * NEXT_STANDS_MILLIS);
                    }
                });
    }

    /** Of those who answered, and of this node. */
    private static Map<RaftPeerId, TermIndex> last(
            RaftServer.Division division, Map<RaftPeerId, CompletableFuture<TermIndex>> asked) {
        Map<RaftPeerId, TermIndex> last = new HashMap<>();
        asked.forEach((peer, answer) -> {
            if (answer.isDone() && !answer.isCompletedExceptionally()) {
                last.put(peer, answer.join());
            }
        });
        last.put(division.getId(), lastEntry(division));
        return last;
    }

    private static TermIndex lastEntry(RaftServer.Division division) {
        return Objects.requireNonNullElse(division.getRaftLog().getLastEntryTermIndex(), TermIndex.INITIAL_VALUE);
    }

    /** By what it says to one who asks whether it would be voted for, which changes nothing. */
    private CompletableFuture<TermIndex> lastEntry(RaftServer.Division division, RaftPeerId peer) {
        RequestVoteRequestProto question = RequestVoteRequestProto.newBuilder()
                .setServerRequest(ClientProtoUtils.toRaftRpcRequestProtoBuilder(division.getMemberId(), peer))
                .setCandidateTerm(division.getInfo().getCurrentTerm())
                .setCandidateLastEntry(lastEntry(division).toProto())
                .setPreVote(true)
                .build();
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return TermIndex.valueOf(
                                server.getServerRpc().requestVote(question).getLastEntry());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                pool);
    }

    /**
     * In which order members of a group stand, the same for all who know the same: the longest log first, which all others vote for.
     * With equal logs the highest priority, and groups are spread over nodes of the same priority.
     *
     * @param last entries of those that are left
     */
    static List<RaftPeerId> order(RaftGroupId group, Collection<RaftPeer> members, Map<RaftPeerId, TermIndex> last) {
        List<RaftPeer> left = new ArrayList<>(members);
        left.removeIf(member -> !last.containsKey(member.getId()));
        left.sort(Comparator.comparing(member -> member.getId().toString()));
        if (!left.isEmpty()) {
            Collections.rotate(left, Math.floorMod(group.getUuid().hashCode(), left.size()));
        }
        left.sort(Comparator.comparing((RaftPeer member) -> Objects.requireNonNull(last.get(member.getId())))
                .thenComparing(RaftPeer::getPriority)
                .reversed());
        return left.stream().map(RaftPeer::getId).toList();
    }

    private void stand(Death death) {
        Optional<RaftServer.Division> follower = follower(death);
        if (follower.isEmpty() || !hasRoom.getAsBoolean()) {
            return;
        } else if (!death.group().equals(GroupIds.METADATA) && !candidacies.mayStand(death.group())) {
            schedule(() -> stand(death), AGAIN_MILLIS);
            return;
        }
        RaftServer.Division division = follower.get();
        try {
            LOG.atInfo()
                    .addKeyValue("group", division.getMemberId())
                    .addKeyValue("leader", death.leader())
                    .addKeyValue("term", death.term())
                    .log("the leader's process has ended; this replica stands for election");
            // What a leader asks for that hands over. Refused where nothing came of it in its term: the timeout decides
            // then.
            var unused = server.startLeaderElection(StartLeaderElectionRequestProto.newBuilder()
                    .setServerRequest(ClientProtoUtils.toRaftRpcRequestProtoBuilder(
                            RaftGroupMemberId.valueOf(death.leader(), death.group()), division.getId()))
                    .setLeaderLastEntry(lastEntry(division).toProto())
                    .build());
        } catch (IOException | RuntimeException e) {
            LOG.atInfo()
                    .addKeyValue("group", division.getMemberId())
                    .addKeyValue("reason", e)
                    .log("does not stand for election");
        }
    }

    private boolean isCandidate(RaftGroupId group) {
        RaftServer.Division division = RaftDivisions.find(server, group);
        return division != null && division.getInfo().getCurrentRole() == RaftPeerRole.CANDIDATE;
    }
}
