package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.PollSteps.Step;
import io.oarlog.chaos.history.History;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Vanished records: polled once, and then not there for a consumer that reads past their offset in a poll that was invoked
 * after that. They are left out, or another value is in their place. Each record is told of once. Stateless.
 */
final class VanishedChecker implements Checker {
    private record Place(int key, long offset) {}

    @Override
    public String name() {
        return "vanished";
    }

    @Override
    public Verdict check(History history) {
        Search search = new Search(history);
        PollSteps.follow(history, search::onStep);
        return search.findings.verdict(search.examined, "steps from record to record");
    }

    private static final class Search {
        final History history;
        final Records records;
        final Map<Integer, long[]> polledOffsets = new HashMap<>();
        final Set<Place> found = new HashSet<>();
        final Findings findings = new Findings("vanished");
        long examined;

        Search(History history) {
            this.history = history;
            this.records = Records.of(history);
        }

        void onStep(Step step) {
            examined++;
            KeyRecords ofKey = records.of(step.key());
            long end = step.seen().offset();
            if (end > step.fromOffset() + 1) {
                long[] rising = polledOffsets.computeIfAbsent(step.key(), key -> ofKey.polledOffsets());
                int place = Arrays.binarySearch(rising, step.fromOffset() + 1);
                place = place < 0 ? -place - 1 : place;
                for (; place < rising.length && rising[place] < end; place++) {
                    lookFor(ofKey, ofKey.rowAt(rising[place]), step);
                }
            }
            int row = ofKey.rowAt(end);
            if (row != KeyRecords.NONE && ofKey.value(row) != step.seen().value()) {
                lookFor(ofKey, row, step);
            }
        }

        /** A step that did not meet the record. */
        private void lookFor(KeyRecords ofKey, int row, Step step) {
            boolean wasThere = ofKey.isPolled(row) && ofKey.polled(row) < step.invoked();
            if (wasThere && found.add(new Place(ofKey.key(), ofKey.offset(row)))) {
                findings.add(step.op(), () -> anomaly(ofKey, row, step));
            }
        }

        private Anomaly anomaly(KeyRecords ofKey, int row, Step step) {
            return new Anomaly(
                    "key " + ofKey.key() + ": the value " + ofKey.value(row) + " at offset " + ofKey.offset(row)
                            + " was polled, and was not there when process "
                            + history.ops().get(step.op()).process() + " polled past it",
                    new Evidence(history, ofKey.key())
                            .send(ofKey, row)
                            .poll(ofKey.polled(row), ofKey.offset(row))
                            .poll(step.fromOp(), step.fromOffset())
                            .op(step.invoked())
                            .poll(step.op(), step.seen().offset())
                            .ops());
        }
    }
}
