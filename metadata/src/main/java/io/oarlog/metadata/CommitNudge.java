package io.oarlog.metadata;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Makes this node learn sooner that a command is committed. A follower is told so with the next entry or heartbeat; on a
 * quiet group that is the heartbeat, and a write through a follower took 215 ms where one through the leader took 20 ms. So
 * an empty entry is sent behind. Thread-safe; one is under way at a time, and it serves all commands before it.
 */
final class CommitNudge {
    private final Supplier<CompletableFuture<?>> emptyEntry;
    private final Object lock = new Object(); // guards the fields below
    private long wantedZxid;
    private boolean isUnderWay;

    /** @param emptyEntry proposes a command that changes nothing */
    CommitNudge(Supplier<CompletableFuture<?>> emptyEntry) {
        this.emptyEntry = emptyEntry;
    }

    /** A committed command is not applied here yet. */
    void toward(long zxid) {
        synchronized (lock) {
            wantedZxid = Math.max(wantedZxid, zxid);
            if (isUnderWay) {
                return;
            }
            isUnderWay = true;
        }
        send(zxid);
    }

    private void send(long zxid) {
        // Should it fail, the heartbeat does the same a little later.
        var unused = emptyEntry.get().whenComplete((done, failure) -> onSent(zxid));
    }

    private void onSent(long zxid) {
        long next;
        synchronized (lock) {
            // A command that was committed meanwhile may have come too late for the entry just sent.
            next = wantedZxid;
            isUnderWay = next > zxid;
            if (!isUnderWay) {
                return;
            }
        }
        send(next);
    }
}
