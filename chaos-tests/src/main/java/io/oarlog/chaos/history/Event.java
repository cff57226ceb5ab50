package io.oarlog.chaos.history;

/**
 * What the nemesis did, in words: a string in EDN.
 *
 * @param text such as {@code kill node 2}
 */
public record Event(String text) implements OpValue {}
