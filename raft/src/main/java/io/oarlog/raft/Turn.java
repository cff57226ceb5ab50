package io.oarlog.raft;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The answer to Raft's log for one change of a partition's data, complete from the start. Ratis's log thread asks for it when it
 * comes to the change, which can be long after it was made: just before it writes the entry's header, or, of a truncation, just
 * after it has cut its own files (SegmentedRaftLogWorker). So the turn tells how far that thread is, which nothing else does:
 * indexes repeat after a truncation.
 */
final class Turn extends CompletableFuture<Void> {
    private volatile boolean hasCome;

    Turn() {
        complete(null);
    }

    /** Whether Ratis's log thread has come to the change. */
    boolean hasCome() {
        return hasCome;
    }

    void come() {
        hasCome = true;
    }

    @Override
    public Void get() throws InterruptedException, ExecutionException {
        come();
        return super.get();
    }

    @Override
    public Void get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        come();
        return super.get(timeout, unit);
    }
}
