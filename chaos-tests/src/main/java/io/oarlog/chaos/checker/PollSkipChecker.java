package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.PollSteps.Step;
import io.oarlog.chaos.history.History;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Skipping polls: a consumer that goes from one record to a later one though there is one between, where {@link PollSteps}
 * says that it must not. Stateless.
 */
final class PollSkipChecker implements Checker {
    @Override
    public String name() {
        return "poll-skip";
    }

    @Override
    public Verdict check(History history) {
        Records records = Records.of(history);
        Map<Integer, long[]> offsets = new HashMap<>();
        Findings findings = new Findings(name());
        long[] examined = new long[1];
        PollSteps.follow(history, step -> {
            examined[0]++;
            KeyRecords ofKey = records.of(step.key());
            if (step.seen().offset() > step.fromOffset() + 1) {
                long skipped = firstAfter(
                        offsets.computeIfAbsent(step.key(), key -> ofKey.certainOffsets()), step.fromOffset());
                if (skipped < step.seen().offset()) {
                    findings.add(step.op(), () -> anomaly(history, ofKey, step, skipped));
                }
            }
        });
        return findings.verdict(examined[0], "steps from record to record");
    }

    /** The lowest of the offsets that is above the given one. */
    private static long firstAfter(long[] rising, long offset) {
        int place = Arrays.binarySearch(rising, offset + 1);
        place = place < 0 ? -place - 1 : place;
        return place == rising.length ? Long.MAX_VALUE : rising[place];
    }

    private static Anomaly anomaly(History history, KeyRecords ofKey, Step step, long skipped) {
        int row = ofKey.rowAt(skipped);
        String from = step.isFromStart() ? "from the start" : "from offset " + step.fromOffset();
        return new Anomaly(
                "key " + ofKey.key() + ": process "
                        + history.ops().get(step.op()).process() + " polled " + from + " to offset "
                        + step.seen().offset() + " and left out offset " + skipped + " with the value "
                        + ofKey.value(row),
                new Evidence(history, ofKey.key())
                        .send(ofKey, row)
                        .poll(ofKey.polled(row), skipped)
                        .poll(step.fromOp(), step.fromOffset())
                        .poll(step.op(), step.seen().offset())
                        .ops());
    }
}
