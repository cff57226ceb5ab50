package io.oarlog.raft;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which priorities the peers of a partition should have, so that a replica leads whose disk has room for records: as a leader
 * without room it would refuse them, as a follower it may fall behind. The leader is to hand over to the peer with the highest
 * priority as soon as that misses little.
 *
 * <pre>
 * priority
 *        2  a stand-in, for as long as the preferred replica has no room or is away
 *        1  the preferred replica
 *        0  all others
 * </pre>
 *
 * Immutable.
 *
 * @param replicas of the partition as its leader sees them
 * @param leader its node
 */
record StandIns(List<Replica> replicas, int leader) {
    static final int PREFERRED_PRIORITY = 1;
    static final int STAND_IN_PRIORITY = 2;

    StandIns {
        replicas = List.copyOf(replicas);
    }

    /**
     * A replica as its leader sees it.
     *
     * @param hasRoom whether its node's disk takes records
     * @param isInTouch whether it answers and is close behind; the leader does and is
     * @param isNext whether it misses so little that it could lead within a moment
     * @param isSteady whether it has been able to lead for a while: leadership goes back to nobody else
     */
    record Replica(int node, int priority, boolean hasRoom, boolean isInTouch, boolean isNext, boolean isSteady) {
        boolean couldLead() {
            return hasRoom && isInTouch;
        }
    }

    /**
     * The priorities that the replicas should have, by node; nothing when they can stay as they are.
     *
     * @param choice any number, the same for the same partition: who stands in depends on it
     */
    Optional<Map<Integer, Integer>> priorities(int choice) {
        Map<Integer, Integer> present = replicas.stream().collect(Collectors.toMap(Replica::node, Replica::priority));
        if (!present.containsKey(leader)) {
            return Optional.empty();
        }
        Map<Integer, Integer> wanted = new HashMap<>(present);
        Optional<Integer> standIn = standIn(choice);
        wanted.replaceAll((node, priority) -> {
            if (priority == PREFERRED_PRIORITY) {
                return PREFERRED_PRIORITY;
            }
            return standIn.filter(node::equals).isPresent() ? STAND_IN_PRIORITY : 0;
        });
        return wanted.equals(present) ? Optional.empty() : Optional.of(wanted);
    }

    /** The node that should stand in for the preferred replica; nothing when that should lead, or when nobody could instead. */
    private Optional<Integer> standIn(int choice) {
        Optional<Replica> present = find(replica -> replica.priority() == STAND_IN_PRIORITY);
        Optional<Replica> preferred = find(replica -> replica.priority() == PREFERRED_PRIORITY);
        boolean couldPreferred = preferred
                .filter(replica -> replica.couldLead() && replica.isSteady())
                .isPresent();
        if (couldPreferred
                || preferred
                        .filter(replica -> replica.node() == leader && replica.hasRoom())
                        .isPresent()) {
            return Optional.empty();
        }
        if (present.filter(Replica::couldLead).isPresent()) {
            return present.map(Replica::node);
        }
        if (find(replica -> replica.node() == leader && replica.hasRoom()).isPresent()) {
            // It leads without being told to; but the preferred one would lead as soon as it is back, before its node
            // serves clients.
            return preferred.filter(replica -> !replica.couldLead()).map(away -> leader);
        }
        List<Integer> others = replicas.stream()
                .filter(replica -> replica.node() != leader && replica.couldLead())
                .map(Replica::node)
                .sorted()
                .toList();
        // Without the present leader: on a disk without any room it cannot even store its vote for another.
        boolean areMajority = others.size() > replicas.size() / 2;
        return areMajority ? Optional.of(others.get(Math.floorMod(choice, others.size()))) : Optional.empty();
    }

    /** The replica with the highest priority of those that have a higher one than the leader and could lead within a moment. */
    Optional<Integer> successor() {
        int ofLeader = priorityOfLeader();
        return replicas.stream()
                .filter(replica -> replica.priority() > ofLeader && replica.couldLead() && replica.isNext())
                .max(Comparator.comparingInt(Replica::priority))
                .map(Replica::node);
    }

    /** Whether a replica that could lead has a higher priority than the leader: soon it has all entries. */
    boolean hasHigherThanLeader() {
        int ofLeader = priorityOfLeader();
        return find(replica -> replica.priority() > ofLeader && replica.couldLead())
                .isPresent();
    }

    private int priorityOfLeader() {
        return find(replica -> replica.node() == leader).map(Replica::priority).orElse(Integer.MAX_VALUE);
    }

    private Optional<Replica> find(Predicate<Replica> which) {
        return replicas.stream().filter(which).findFirst();
    }

    /** The nodes among the replicas that could not lead now. */
    Set<Integer> unfit() {
        return replicas.stream()
                .filter(replica -> !replica.couldLead())
                .map(Replica::node)
                .collect(Collectors.toSet());
    }
}
