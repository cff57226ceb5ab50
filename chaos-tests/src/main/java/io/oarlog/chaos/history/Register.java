package io.oarlog.chaos.history;

import org.jspecify.annotations.Nullable;

/**
 * A register and its value: {@code [key value]} in EDN.
 *
 * @param value null: nothing was written yet, or, at the invocation of a read, not known yet
 */
public record Register(int key, @Nullable Long value) implements OpValue {}
