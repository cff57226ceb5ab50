package io.oarlog.chaos.nemesis;

import java.io.IOException;
import java.util.Optional;

/** What an operator does about a fault, for some time and beside other faults. Confined to the nemesis's thread. */
interface Errand extends AutoCloseable {
    /** The node that it is about. */
    int node();

    /**
     * Goes on, as far as that needs no waiting.
     *
     * @param isBroken whether a fault is open beside its own
     */
    void look(boolean isBroken) throws IOException, InterruptedException;

    /** Its fault is to be mended from here on. */
    void release();

    /** Whether its node must not be started by anybody else. */
    boolean isHeldDown();

    /** Whether the end of its node explains itself. */
    boolean mayEnd();

    /** Whether the fault is mended: nothing is missed by clients. */
    boolean isMended();

    /** Whether there is nothing left to do: the cluster is as it was before. */
    boolean isDone();

    /** What went wrong for good; empty: nothing so far. */
    Optional<String> failure();

    /** How far it is. */
    String progress();

    /** Gives up what is under way. */
    @Override
    void close();
}
