package io.oarlog.chaos.history;

import java.util.List;

/** Sends and polls of one operation, in order: a vector in EDN. */
public record MicroOps(List<MicroOp> list) implements OpValue {
    public MicroOps {
        list = List.copyOf(list);
    }

    public static MicroOps of(MicroOp only) {
        return new MicroOps(List.of(only));
    }
}
