package io.oarlog.raft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The next step on the way from the members that a partition's group has to those that it is to have: one replica at a time, and
 * a new one before an old one goes. Immutable.
 *
 * @param priorities of the members after the step, by node, see {@link StandIns}
 */
record MemberChange(Map<Integer, Integer> priorities) {
    /**
     * Finds the step.
     *
     * @param present priorities of the members, by node
     * @param target node ids that are to be the members, the preferred leader first
     * @param leader is removed last of all, once another one leads
     * @return nothing when there is nothing left to do, or not before another node leads: see {@link #isLeaderInTheWay}
     */
    static Optional<MemberChange> next(Map<Integer, Integer> present, List<Integer> target, int leader) {
        List<Integer> members = new ArrayList<>(present.keySet());
        Optional<Integer> added =
                target.stream().filter(node -> !members.contains(node)).findFirst();
        if (added.isPresent()) {
            Map<Integer, Integer> priorities = new LinkedHashMap<>(present);
            priorities.put(added.get(), 0);
            return Optional.of(new MemberChange(priorities));
        }
        Optional<Integer> removed = members.stream()
                .filter(node -> !target.contains(node) && node != leader)
                .findFirst();
        Map<Integer, Integer> priorities = preferring(present, target);
        if (removed.isPresent()) {
            priorities.remove(removed.get());
            return Optional.of(new MemberChange(priorities));
        }
        return priorities.equals(present) ? Optional.empty() : Optional.of(new MemberChange(priorities));
    }

    /** Whoever stands in goes on to; a member that is to go is nobody's choice. */
    private static Map<Integer, Integer> preferring(Map<Integer, Integer> present, List<Integer> target) {
        int preferred = target.get(0);
        Map<Integer, Integer> priorities = new LinkedHashMap<>();
        present.forEach((node, priority) -> {
            boolean isStandIn = priority == StandIns.STAND_IN_PRIORITY && target.contains(node);
            int other = isStandIn ? StandIns.STAND_IN_PRIORITY : 0;
            priorities.put(node, node == preferred ? StandIns.PREFERRED_PRIORITY : other);
        });
        return priorities;
    }

    /** Whether all that is left to do is to have another node lead, so that the leader can go. */
    static boolean isLeaderInTheWay(Map<Integer, Integer> present, List<Integer> target, int leader) {
        return !target.contains(leader) && present.keySet().containsAll(target);
    }
}
