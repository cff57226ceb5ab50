package io.oarlog.metadata.zookeeper;

import java.util.OptionalLong;

/**
 * A four-letter word as it came. Immutable.
 *
 * @param argument the eight bytes behind it, which {@link FourLetterWord#STMK} takes; empty when fewer came with it
 */
record WordRequest(FourLetterWord word, OptionalLong argument) {}
