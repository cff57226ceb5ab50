package io.oarlog.chaos.history;

/** A change of a register that holds only if it has the expected value: {@code [key [expected updated]]} in EDN. */
public record CompareAndSet(int key, long expected, long updated) implements OpValue {}
