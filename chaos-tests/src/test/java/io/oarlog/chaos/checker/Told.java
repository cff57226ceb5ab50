package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Op;
import java.util.List;

/** What a verdict tells, in the forms in which tests compare it. */
final class Told {
    private Told() {}

    static List<String> descriptions(Verdict verdict) {
        return verdict.anomalies().stream().map(Anomaly::description).toList();
    }

    /** The indexes of the evidence of the only anomaly. */
    static List<Long> evidence(Verdict verdict) {
        if (verdict.anomalies().size() != 1) {
            throw new AssertionError(verdict.anomalies().size() + " anomalies: " + descriptions(verdict));
        }
        return verdict.anomalies().get(0).evidence().stream().map(Op::index).toList();
    }
}
