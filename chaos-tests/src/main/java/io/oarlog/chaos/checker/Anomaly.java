package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Op;
import java.util.List;

/**
 * One broken promise.
 *
 * @param description one line: what, of which key, at which offset
 * @param evidence the fewest operations that show it, in the order of the history
 */
public record Anomaly(String description, List<Op> evidence) {
    public Anomaly {
        evidence = List.copyOf(evidence);
    }
}
