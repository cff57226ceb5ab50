package io.oarlog.chaos.nemesis;

import java.io.IOException;
import java.util.Optional;

/** One fault that can be made and mended. Nodes that it takes down are started again by the {@link Nemesis}. */
interface Fault {
    /**
     * Makes it.
     *
     * @return what was done to whom; empty: there was nothing to break
     */
    Optional<String> make() throws IOException, InterruptedException;

    /** Mends it; after {@link #make}, also one that failed in the middle. */
    void mend() throws IOException, InterruptedException;
}
