package io.oarlog.raft;

import java.util.Optional;

/**
 * What a look at all of a replica's records found. Immutable.
 *
 * @param bytes that were read
 * @param damage the first that was found, whether others can mend it or not
 */
public record ScrubReport(long bytes, Optional<String> damage) {}
