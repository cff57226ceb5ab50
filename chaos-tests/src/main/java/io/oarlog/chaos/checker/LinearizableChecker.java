package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.RegisterSearch.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;

/**
 * Registers that are not linearizable, each key for itself: no order of its calls that agrees with real time explains what
 * they were told. A call that failed had no effect and tells nothing; one whose end is unknown may take effect at any later
 * time or never. Stateless.
 *
 * <p>The evidence is taken from the shortest beginning of the history that has no explanation, without the calls that do not
 * matter for that; a call that may count from its invocation on stands there without its completion. Values that are written
 * once only make for short searches and little evidence.
 */
final class LinearizableChecker implements Checker {
    private final long maxConfigurations;

    /** @param maxConfigurations for each key; a search that meets more of them tells nothing */
    LinearizableChecker(long maxConfigurations) {
        this.maxConfigurations = maxConfigurations;
    }

    @Override
    public String name() {
        return "linearizable";
    }

    @Override
    public Verdict check(History history) {
        SortedMap<Integer, List<RegisterCall>> byKey = RegisterCalls.byKey(history);
        Findings findings = new Findings(name());
        List<String> unknown = new ArrayList<>();
        long examined = 0;
        for (var ofKey : byKey.entrySet()) {
            int key = ofKey.getKey();
            List<RegisterCall> calls = ofKey.getValue();
            examined += calls.size();
            RegisterSearch search = new RegisterSearch(calls, maxConfigurations);
            Outcome outcome = search.run();
            if (outcome == Outcome.UNEXPLAINED) {
                findings.add(search.stuckAt(), () -> anomaly(history, key, calls, search.stuckAt()));
            } else if (outcome == Outcome.GAVE_UP) {
                unknown.add("key " + key + " after " + maxConfigurations + " configurations");
            }
        }
        Verdict verdict = findings.verdict(examined, "calls of " + byKey.size() + " registers" + gaveUp(unknown));
        return verdict.outcome() == Verdict.Outcome.VALID && !unknown.isEmpty()
                ? Verdict.unknown(name(), verdict.examined())
                : verdict;
    }

    private static String gaveUp(List<String> unknown) {
        return unknown.isEmpty() ? "" : "; gave up " + String.join(", ", unknown);
    }

    private static Anomaly anomaly(History history, int key, List<RegisterCall> calls, int stuckAt) {
        List<Op> evidence = new ArrayList<>();
        for (RegisterCall call : RegisterShrinker.shrink(calls, stuckAt)) {
            evidence.add(history.ops().get(call.invoked()));
            if (call.isCertain()) {
                evidence.add(history.ops().get(call.ended()));
            }
        }
        evidence.sort(Comparator.comparingLong(Op::index));
        return new Anomaly(
                "key " + key + ": no order of the calls explains what op " + stuckAt + " of process "
                        + history.ops().get(stuckAt).process() + " was told",
                evidence);
    }
}
