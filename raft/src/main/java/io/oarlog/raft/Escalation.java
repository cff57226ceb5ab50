package io.oarlog.raft;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of one thing that should go on, and how often it was started anew. Confined to one thread.
 *
 * <pre>
 * well --stands still for the patience--> started anew --and again, after 1, 2, 4, 8 min--> five times in vain: left alone
 *   ^                                                                                                |
 *   +------------------------- all is forgotten when it was well for 10 min -------------------------+
 * </pre>
 */
final class Escalation {
    static final int MAX_RESTARTS = 5;

    /** What is to be done now. */
    enum Step {
        NONE,
        RESTART,
        /** Once: tell that nothing more is done. */
        LEAVE_ALONE
    }

    private final Patience patience;
    private @Nullable Object place;
    private long lookedNanos;
    private long stoodNanos;
    private long wellNanos;
    private long restartedNanos;
    private int restarts;
    private boolean isLeftAlone;
    private boolean isTold;

    Escalation(Patience patience, long nowNanos) {
        this.patience = patience;
        this.lookedNanos = nowNanos;
    }

    /**
     * It is not where it should be.
     *
     * @param nowAt by which it is known whether it has moved since the last look
     * @param limit of the time that it may stand there
     * @param isCurable whether a restart can help
     */
    Step onStuck(Object nowAt, Duration limit, boolean isCurable, long nowNanos) {
        long step = step(nowNanos);
        stoodNanos = nowAt.equals(place) ? stoodNanos + step : 0;
        place = nowAt;
        wellNanos = 0;
        if (stoodNanos < limit.toNanos()) {
            return Step.NONE;
        }
        if (!isCurable || restarts >= MAX_RESTARTS) {
            return leaveAlone();
        }
        return restarts == 0 || nowNanos - restartedNanos >= pauseNanos() ? Step.RESTART : Step.NONE;
    }

    private long pauseNanos() {
        return Math.min(patience.maxPause().toNanos(), patience.firstPause().toNanos() << (restarts - 1));
    }

    private long step(long nowNanos) {
        long step = Math.min(nowNanos - lookedNanos, patience.step().toNanos());
        lookedNanos = nowNanos;
        return step;
    }

    /** It goes on, or has nothing to do. */
    void onWell(long nowNanos) {
        wellNanos += step(nowNanos);
        place = null;
        isLeftAlone = false;
        if (wellNanos >= patience.maxPause().toNanos()) {
            restarts = 0;
            isTold = false;
        }
    }

    /** Nobody can tell now. */
    void onUnknown(long nowNanos) {
        var unused = step(nowNanos);
        place = null;
    }

    void onRestart(long nowNanos) {
        restarts++;
        restartedNanos = nowNanos;
        place = null;
    }

    /** Nothing more is done until it is well for long. */
    Step leaveAlone() {
        isLeftAlone = true;
        if (isTold) {
            return Step.NONE;
        }
        isTold = true;
        return Step.LEAVE_ALONE;
    }

    boolean isLeftAlone() {
        return isLeftAlone;
    }

    int restarts() {
        return restarts;
    }

    Duration stood() {
        return Duration.ofNanos(stoodNanos);
    }
}
