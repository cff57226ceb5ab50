package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.MicroOp.Seen;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Offsets that a member of a group has polled and not committed. Confined to one thread. */
final class PolledOffsets {
    private final Map<Integer, Long> next = new HashMap<>();

    void polled(Map<Integer, List<Seen>> records) {
        records.forEach((key, seen) -> next.put(key, seen.get(seen.size() - 1).offset() + 1));
    }

    /** The group may have given it to somebody else, who begins where was committed. */
    void forget(int key) {
        next.remove(key);
    }

    void committed() {
        next.clear();
    }

    Map<Integer, Long> all() {
        return Map.copyOf(next);
    }
}
