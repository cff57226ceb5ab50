package io.oarlog.chaos.history;

import java.util.List;

/** A whole history. Immutable. */
public record History(List<Op> ops) {
    /** @throws IllegalArgumentException if the indexes are not 0, 1, 2 and so on */
    public History {
        ops = List.copyOf(ops);
        for (int i = 0; i < ops.size(); i++) {
            if (ops.get(i).index() != i) {
                throw new IllegalArgumentException(
                        "line " + i + " has the index " + ops.get(i).index());
            }
        }
    }
}
