package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A place where nodes and clients run. Confined to one thread, but for {@link #close}, which may come from any.
 *
 * <p>What it makes outside of the run's directory is in the {@link UndoJournal} before it is there.
 */
public interface Substrate extends AutoCloseable {
    /** As on the command line. */
    String name();

    /** What it cannot do here, with the reason; asked before {@link #create}. */
    Map<Capability, String> lacks();

    /** Makes networks and whatever nodes need before they start. */
    void create() throws IOException;

    /** Where a node is reached by the others and by clients: a host name or address. */
    String host(int node);

    Ports ports(int node);

    /**
     * Starts a node; returns before it serves.
     *
     * @param data where its data is on this machine
     */
    void start(int node, Path data) throws IOException;

    /** The node's process on this machine; -1 when it does not run. */
    long pid(int node);

    /** Returns when the process of a node that was killed is gone. */
    void awaitEnd(int node) throws InterruptedException;

    /** The command line that runs a command in the network of a node. */
    List<String> inNetwork(int node, List<String> command);

    /** Whether {@link #inNetwork} can be used now: Docker's networks are there while their nodes run. */
    boolean hasNetwork(int node);

    /** The address of a node, or of {@link Cluster#CLIENTS}, in that network; changes with {@link #readdress}. */
    String address(int node);

    /** Gives a node that does not run another address; its name stays. */
    void readdress(int node) throws IOException;

    /**
     * Starts a Java program where clients are, with this program's classes. Its standard input and output are pipes.
     *
     * @param arguments main class and arguments; the run's directory is at {@link #clientDirectory} for it
     */
    Process startClient(List<String> arguments) throws IOException;

    /** Starts the command line {@code oarlog} where clients are, with these arguments. */
    OperatorCommand operate(List<String> arguments) throws IOException;

    /** Where the run's directory is for clients. */
    Path clientDirectory();

    /** Ends everything and takes it away, as far as it is there. */
    @Override
    void close();

    /** Where a node listens. */
    record Ports(int kafka, int raft, int zooKeeper) {}
}
