package io.oarlog.raft;

/** How fast a scrub reads, so that it is in nobody's way. */
public interface ScrubPace {
    /**
     * Waits until that many bytes may be read.
     *
     * @return false when the scrub is to end
     */
    boolean await(long bytes);
}
