package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.util.List;

/** What an operator sees of a cluster and does to its nodes. */
public interface OperatedCluster {
    /** Nodes that belong to it, with the ids from 1. */
    int size();

    /** Gives the cluster a command of {@code oarlog}, such as {@code node replace 2}, with the addresses of all nodes. */
    OperatorCommand operate(List<String> arguments) throws IOException;

    /** Starts a node that does not run; returns before it serves. */
    void start(int node) throws IOException;

    /** Kills a node and takes all that it has off its disk, for good. */
    void wipe(int node) throws InterruptedException;

    boolean isRunning(int node);

    /** Whether a node that does not run was ended from here; if not, it has ended by itself. */
    boolean isEnded(int node);

    /**
     * Whether a node serves, by its own word: it is asked from its own network, where faults of the network do not count. Waits two
     * seconds at most.
     */
    boolean isServing(int node);
}
