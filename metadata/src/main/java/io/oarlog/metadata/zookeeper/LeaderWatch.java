package io.oarlog.metadata.zookeeper;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connections of a node that has known no leader for a while. Their clients have to hear that they are cut off, and
 * in time: a leader that does not hear of them ends their sessions, and with them their locks. An election is usually over
 * before that.
 *
 * <p>{@link #look} is called by one thread, the rest by any.
 */
final class LeaderWatch {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderWatch.class);
    /** The rest has to do for the followers' noticing that the leader is gone, and for the client to find another node. */
    private static final int SHARE_OF_TIMEOUT = 3;

    private static final long LONGEST_MILLIS = 2_000;

    private final BooleanSupplier hasLeader;
    private final LongSupplier nanoTime;
    private final SessionConnections sessions;
    private long seenNanos;
    private volatile boolean isCutOff;

    /**
     * A watch of a node that may have to find its leader first.
     *
     * @param hasLeader whether this node knows who leads
     * @param nanoTime monotonic, as {@link System#nanoTime}
     */
    LeaderWatch(BooleanSupplier hasLeader, LongSupplier nanoTime, SessionConnections sessions) {
        this.hasLeader = hasLeader;
        this.nanoTime = nanoTime;
        this.sessions = sessions;
        this.seenNanos = nanoTime.getAsLong();
    }

    /** No leader has been known for so long that no client is taken in. */
    boolean isCutOff() {
        return isCutOff;
    }

    void look() {
        long now = nanoTime.getAsLong();
        boolean isSeen;
        try {
            isSeen = hasLeader.getAsBoolean();
        } catch (RuntimeException e) {
            LOG.atDebug().setCause(e).log("it is not known who leads");
            isSeen = false;
        }
        if (isSeen) {
            seenNanos = now;
            isCutOff = false;
            return;
        }
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(now - seenNanos);
        isCutOff = silentMillis >= LONGEST_MILLIS;
        sessions.closeIf(
                session -> silentMillis >= Math.min(LONGEST_MILLIS, session.timeoutMillis() / SHARE_OF_TIMEOUT),
                "this node knows no leader");
    }
}
