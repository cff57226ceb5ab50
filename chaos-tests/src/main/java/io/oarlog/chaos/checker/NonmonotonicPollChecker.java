package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.PollSteps.Step;
import io.oarlog.chaos.history.History;

/**
 * Polls that go back: a consumer that goes from one record to the same or an earlier one, where {@link PollSteps} says that it
 * must not. Stateless.
 */
final class NonmonotonicPollChecker implements Checker {
    @Override
    public String name() {
        return "nonmonotonic-poll";
    }

    @Override
    public Verdict check(History history) {
        Findings findings = new Findings(name());
        long[] examined = new long[1];
        PollSteps.follow(history, step -> {
            examined[0]++;
            if (step.seen().offset() <= step.fromOffset()) {
                findings.add(step.op(), () -> anomaly(history, step));
            }
        });
        return findings.verdict(examined[0], "steps from record to record");
    }

    private static Anomaly anomaly(History history, Step step) {
        return new Anomaly(
                "key " + step.key() + ": process "
                        + history.ops().get(step.op()).process() + " polled from offset " + step.fromOffset()
                        + " back to offset " + step.seen().offset(),
                new Evidence(history, step.key())
                        .poll(step.fromOp(), step.fromOffset())
                        .poll(step.op(), step.seen().offset())
                        .ops());
    }
}
