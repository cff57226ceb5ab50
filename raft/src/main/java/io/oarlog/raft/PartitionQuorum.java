package io.oarlog.raft;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * What is left of a partition's group, as all nodes that answer tell it: whether it has a leader, or could have one, or has lost its
 * majority for good, and which replica would have the most of it then. Immutable.
 *
 * @param leader node id; empty when nobody knows one
 * @param leaderEpoch of the newest last entry
 * @param highWatermark the highest that a replica knows: what is below was acknowledged
 * @param refusal why no replica may lead alone, in words for an operator; empty when one may
 * @param survivor node whose replica has the most, and would lead alone; empty when none may
 */
public record PartitionQuorum(
        OptionalInt leader,
        long leaderEpoch,
        long highWatermark,
        List<Replica> replicas,
        Optional<String> refusal,
        OptionalInt survivor) {
    public PartitionQuorum {
        replicas = List.copyOf(replicas);
    }

    /**
     * One replica.
     *
     * @param incarnation of the node's disk; 0 of one that the cluster began with, see {@link MetadataQuorum.Voter}
     * @param isMember whether it has a vote in the group
     * @param isGivenUp whether its disk was given up: it never comes back
     * @param endOffset of its records, committed or not, exclusive; empty when it does not answer
     */
    public record Replica(int node, long incarnation, boolean isMember, boolean isGivenUp, Optional<Long> endOffset) {}

    /** What one node said of the partition; nothing when it did not answer. */
    record Answer(RaftPeerId peer, Optional<ReplicaReport> report) {
        int node() {
            return PeerIds.nodeOf(peer);
        }

        Optional<ReplicaReport> open() {
            return report.filter(found -> found.state() == ReplicaReport.State.OPEN);
        }
    }

    /**
     * Judges.
     *
     * @param assigned node ids of the nodes that are to have the replicas
     * @param answers of all nodes of the cluster
     * @param isFormer whether a peer is none of the cluster's any more: its disk was given up
     */
    static PartitionQuorum of(List<Integer> assigned, List<Answer> answers, Predicate<RaftPeerId> isFormer) {
        List<Answer> open = answers.stream()
                .filter(answer -> answer.open().isPresent())
                .sorted(Comparator.comparing(
                                (Answer answer) -> answer.open().orElseThrow().last())
                        .reversed())
                .toList();
        List<ReplicaReport> reports =
                open.stream().flatMap(answer -> answer.open().stream()).toList();
        OptionalInt leader = reports.stream()
                .flatMapToInt(report -> report.leader().stream())
                .findFirst();
        Optional<String> refusal = leader.isPresent()
                ? Optional.of("node " + leader.getAsInt() + " leads it")
                : refusal(assigned, answers, reports, isFormer);
        return new PartitionQuorum(
                leader,
                reports.isEmpty() ? 0 : reports.get(0).last().getTerm(),
                reports.stream().mapToLong(ReplicaReport::highWatermark).max().orElse(0),
                replicas(answers, reports, isFormer),
                refusal,
                refusal.isPresent()
                        ? OptionalInt.empty()
                        : OptionalInt.of(open.get(0).node()));
    }

    private static Optional<String> refusal(
            List<Integer> assigned, List<Answer> answers, List<ReplicaReport> reports, Predicate<RaftPeerId> isFormer) {
        TreeSet<Integer> concerned = reports.stream()
                .flatMap(PartitionQuorum::allMembers)
                .filter(isFormer.negate())
                .map(PeerIds::nodeOf)
                .collect(Collectors.toCollection(TreeSet::new));
        Optional<Integer> unasked = concerned.stream()
                .filter(node -> answers.stream().noneMatch(answer -> answer.node() == node))
                .findFirst();
        if (unasked.isPresent()) {
            return unasked.map(PartitionQuorum::silent);
        }
        concerned.addAll(assigned);
        for (Answer answer : answers) {
            if (answer.report().isEmpty() && concerned.contains(answer.node())) {
                return Optional.of(silent(answer.node()));
            } else if (answer.report()
                    .filter(report -> report.state() == ReplicaReport.State.UNUSABLE)
                    .isPresent()) {
                return Optional.of("the replica on node " + answer.node() + " is not open, and may have more records:"
                        + " its log says why");
            }
        }
        if (reports.stream()
                .noneMatch(report -> report.hasEntries() && !report.members().isEmpty())) {
            return Optional.of("no replica is left that has anything: delete the topic, or mount an old disk");
        }
        return reports.stream()
                .filter(report -> !report.members().isEmpty() && !isLost(report, isFormer))
                .findFirst()
                .map(report -> "a majority of its replicas is not given up, " + living(report.members(), isFormer)
                        + " of " + report.members() + ": they elect a leader as soon as they reach each other");
    }

    private static String silent(int node) {
        return "node " + node + " does not answer, and may have more records: start it, or give up its disk for good:"
                + " oarlog node replace " + node + " --accept-loss";
    }

    private static Stream<RaftPeerId> allMembers(ReplicaReport report) {
        return Stream.concat(report.members().stream(), report.formerMembers().stream());
    }

    /** Whether those members whose disks were not given up are no majority, and so never will be. */
    static boolean isLost(ReplicaReport report, Predicate<RaftPeerId> isFormer) {
        return isLost(report.members(), isFormer)
                || (!report.formerMembers().isEmpty() && isLost(report.formerMembers(), isFormer));
    }

    private static boolean isLost(Collection<RaftPeerId> members, Predicate<RaftPeerId> isFormer) {
        return living(members, isFormer).size() <= members.size() / 2;
    }

    private static List<RaftPeerId> living(Collection<RaftPeerId> members, Predicate<RaftPeerId> isFormer) {
        return members.stream().filter(isFormer.negate()).toList();
    }

    /** The members as the replica with the most has them, and who else has one. */
    private static List<Replica> replicas(
            List<Answer> answers, List<ReplicaReport> reports, Predicate<RaftPeerId> isFormer) {
        List<RaftPeerId> members = reports.stream()
                .map(ReplicaReport::members)
                .filter(known -> !known.isEmpty())
                .findFirst()
                .orElse(List.of());
        List<Replica> replicas = new ArrayList<>();
        for (RaftPeerId member : members) {
            Optional<Answer> own = answers.stream()
                    .filter(answer -> answer.peer().equals(member))
                    .findFirst();
            replicas.add(replica(member, true, isFormer.test(member), own));
        }
        for (Answer answer : answers) {
            if (answer.open().isPresent() && !members.contains(answer.peer())) {
                replicas.add(replica(answer.peer(), false, false, Optional.of(answer)));
            }
        }
        return replicas;
    }

    private static Replica replica(RaftPeerId peer, boolean isMember, boolean isGivenUp, Optional<Answer> answer) {
        return new Replica(
                PeerIds.nodeOf(peer),
                PeerIds.incarnationOf(peer),
                isMember,
                isGivenUp,
                answer.flatMap(Answer::open).map(ReplicaReport::endOffset));
    }
}
