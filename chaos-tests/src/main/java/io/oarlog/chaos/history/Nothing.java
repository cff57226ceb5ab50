package io.oarlog.chaos.history;

/** No value: {@code nil}. */
public record Nothing() implements OpValue {}
