package io.oarlog.chaos.history;

import java.util.List;

/**
 * Keys of a workload; each is one partition of one topic. A vector in EDN.
 *
 * @param fromBeginning whether reading begins at the start of the log: {@code :seek-to-beginning? true} beside the value
 */
public record Keys(List<Integer> keys, boolean fromBeginning) implements OpValue {
    public Keys {
        keys = List.copyOf(keys);
    }
}
