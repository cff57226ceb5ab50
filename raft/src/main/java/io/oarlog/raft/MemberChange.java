package io.oarlog.raft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * The next step on the way from the members that a partition's group has to those that it is to have: one replica at a time, and
 * a new one before an old one goes. One that has the node of an old one takes its place in the same step: the old one's disk is lost,
 * and as a member beside the new one it would make the others need the new one, which knows nothing yet. Immutable.
 *
 * @param <P> how members are named
 * @param priorities of the members after the step, by member, see {@link StandIns}
 */
record MemberChange<P>(Map<P, Integer> priorities) {
    /**
     * Finds the step.
     *
     * @param present priorities of the members
     * @param target who are to be the members, the preferred leader first
     * @param leader is removed last of all, once another one leads
     * @param nodeOf the node of a member
     * @return nothing when there is nothing left to do, or not before another one leads: see {@link #isLeaderInTheWay}
     */
    static <P> Optional<MemberChange<P>> next(
            Map<P, Integer> present, List<P> target, P leader, ToIntFunction<P> nodeOf) {
        List<P> members = new ArrayList<>(present.keySet());
        Optional<P> added =
                target.stream().filter(peer -> !members.contains(peer)).findFirst();
        if (added.isPresent()) {
            int node = nodeOf.applyAsInt(added.get());
            Map<P, Integer> priorities = new LinkedHashMap<>(present);
            priorities.keySet().removeIf(peer -> nodeOf.applyAsInt(peer) == node && !peer.equals(leader));
            priorities.put(added.get(), 0);
            return Optional.of(new MemberChange<>(priorities));
        }
        Optional<P> removed = members.stream()
                .filter(peer -> !target.contains(peer) && !peer.equals(leader))
                .findFirst();
        Map<P, Integer> priorities = preferring(present, target);
        if (removed.isPresent()) {
            priorities.remove(removed.get());
            return Optional.of(new MemberChange<>(priorities));
        }
        return priorities.equals(present) ? Optional.empty() : Optional.of(new MemberChange<>(priorities));
    }

    /** Whoever stands in goes on to; a member that is to go is nobody's choice. */
    private static <P> Map<P, Integer> preferring(Map<P, Integer> present, List<P> target) {
        P preferred = target.get(0);
        Map<P, Integer> priorities = new LinkedHashMap<>();
        present.forEach((peer, priority) -> {
            boolean isStandIn = priority == StandIns.STAND_IN_PRIORITY && target.contains(peer);
            int other = isStandIn ? StandIns.STAND_IN_PRIORITY : 0;
            priorities.put(peer, peer.equals(preferred) ? StandIns.PREFERRED_PRIORITY : other);
        });
        return priorities;
    }

    /** Whether all that is left to do is to have another one lead, so that the leader can go. */
    static <P> boolean isLeaderInTheWay(Map<P, Integer> present, List<P> target, P leader) {
        return !target.contains(leader) && present.keySet().containsAll(target);
    }
}
