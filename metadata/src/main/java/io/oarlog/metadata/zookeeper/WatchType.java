package io.oarlog.metadata.zookeeper;

import java.util.Arrays;
import java.util.Optional;

/** Which of a path's watches a request speaks of. */
enum WatchType {
    CHILDREN(1),
    DATA(2),
    ANY(3),
    PERSISTENT(4),
    PERSISTENT_RECURSIVE(5);

    private final int number;

    WatchType(int number) {
        this.number = number;
    }

    static Optional<WatchType> of(int number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }
}
