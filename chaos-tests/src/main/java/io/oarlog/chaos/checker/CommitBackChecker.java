package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Committed offsets of a group that go back. Stateless.
 *
 * <ul>
 *   <li>Who asks after a commit was acknowledged is told that offset or a higher one; so is who asks after another was told
 *       one. No offset at all is lower than each: who asks is taken to ask for all keys.
 *   <li>No commit is acknowledged that is lower than one that was acknowledged before it was invoked: a group hands a key
 *       over at the committed offset, and refuses what an earlier owner still commits.
 * </ul>
 *
 * <p>A commit whose end is unknown may show or not, and proves nothing until it is told to somebody.
 */
final class CommitBackChecker implements Checker {
    @Override
    public String name() {
        return "commit-back";
    }

    @Override
    public Verdict check(History history) {
        Search search = new Search(history);
        for (Op op : history.ops()) {
            if (op.type() == OpType.INVOKE) {
                search.invoked.put(op.process(), (int) op.index());
            } else if (op.type() == OpType.OK && op.value() instanceof Offsets offsets) {
                search.on(op, offsets);
            }
        }
        return search.findings.verdict(search.commits + search.reads, "commits and reads of committed offsets");
    }

    private static final class Search {
        final History history;
        final LongIntMap invoked = new LongIntMap();
        final Map<Integer, RunningMaximum> acknowledged = new HashMap<>();
        /** What was acknowledged and what was told to who asked. */
        final Map<Integer, RunningMaximum> known = new HashMap<>();

        final Findings findings = new Findings("commit-back");
        long commits;
        long reads;

        Search(History history) {
            this.history = history;
        }

        void on(Op op, Offsets offsets) {
            int index = (int) op.index();
            if (op.function() == OpFunction.COMMIT) {
                commits++;
                offsets.byKey().forEach((key, offset) -> {
                    compare(op, key, offset, ofKey(acknowledged, key));
                    ofKey(acknowledged, key).add(index, offset);
                    ofKey(known, key).add(index, offset);
                });
            } else if (op.function() == OpFunction.COMMITTED) {
                reads++;
                for (int key : new TreeSet<>(known.keySet())) {
                    long offset = offsets.byKey().getOrDefault(key, KeyRecords.UNKNOWN);
                    compare(op, key, offset, ofKey(known, key));
                }
                offsets.byKey().forEach((key, offset) -> ofKey(known, key).add(index, offset));
            }
        }

        private static RunningMaximum ofKey(Map<Integer, RunningMaximum> maxima, int key) {
            return maxima.computeIfAbsent(key, k -> new RunningMaximum());
        }

        private void compare(Op op, int key, long offset, RunningMaximum before) {
            int begun = invoked.get(op.process());
            if (before.before(begun) > offset) {
                findings.add(op.index(), () -> anomaly(op, key, offset, before, begun));
            }
        }

        private Anomaly anomaly(Op op, int key, long offset, RunningMaximum before, int begun) {
            String now = op.function() == OpFunction.COMMIT
                    ? "offset " + offset + " was committed"
                    : (offset == KeyRecords.UNKNOWN ? "no offset" : "offset " + offset) + " was found";
            return new Anomaly(
                    "key " + key + ": " + now + " after offset " + before.before(begun),
                    new Evidence(history, key)
                            .op(before.toldBefore(begun))
                            .op(begun)
                            .op((int) op.index())
                            .ops());
        }
    }
}
