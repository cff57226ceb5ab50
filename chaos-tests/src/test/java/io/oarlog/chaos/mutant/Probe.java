package io.oarlog.chaos.mutant;

import java.nio.file.Path;

/**
 * Uses one part of a node by itself and tells how it behaves. Lies in the package of that part, to reach it; has a constructor
 * without parameters. Used once.
 */
public interface Probe {
    /**
     * Tells in one line what can be seen.
     *
     * @param directory empty, for its files
     */
    String observe(Path directory) throws Exception;
}
