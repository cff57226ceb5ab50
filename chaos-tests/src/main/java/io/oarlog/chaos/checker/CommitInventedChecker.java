package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Committed offsets that nobody ever committed: whoever asks is told an offset of the key that some commit was invoked with
 * before, however that ended. Stateless.
 */
final class CommitInventedChecker implements Checker {
    @Override
    public String name() {
        return "commit-invented";
    }

    @Override
    public Verdict check(History history) {
        Findings findings = new Findings(name());
        Map<Integer, Set<Long>> committed = new HashMap<>();
        long told = 0;
        for (Op op : history.ops()) {
            if (!(op.value() instanceof Offsets offsets)) {
                continue;
            }
            if (op.function() == OpFunction.COMMIT && op.type() == OpType.INVOKE) {
                offsets.byKey().forEach((key, offset) -> ofKey(committed, key).add(offset));
            } else if (op.function() == OpFunction.COMMITTED && op.type() == OpType.OK) {
                told += offsets.byKey().size();
                offsets.byKey().forEach((key, offset) -> {
                    if (!ofKey(committed, key).contains(offset)) {
                        findings.add(
                                op.index(),
                                () -> new Anomaly(
                                        "key " + key + ": offset " + offset + " was found, which nobody committed",
                                        List.of(op)));
                    }
                });
            }
        }
        return findings.verdict(told, "committed offsets that were found");
    }

    private static Set<Long> ofKey(Map<Integer, Set<Long>> committed, int key) {
        return committed.computeIfAbsent(key, unused -> new HashSet<>());
    }
}
