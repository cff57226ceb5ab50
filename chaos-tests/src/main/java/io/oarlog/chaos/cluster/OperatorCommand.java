package io.oarlog.chaos.cluster;

import java.time.Duration;
import java.util.Optional;

/** A command line {@code oarlog} that an operator has given to the cluster. Confined to one thread. */
public interface OperatorCommand extends AutoCloseable {
    /** How it ended; empty while it runs. */
    Optional<Tool.Result> result();

    /** Waits until it has ended; one that does not in time is ended. */
    Tool.Result await(Duration limit) throws InterruptedException;

    /** Ends it if it runs still. */
    @Override
    void close();
}
