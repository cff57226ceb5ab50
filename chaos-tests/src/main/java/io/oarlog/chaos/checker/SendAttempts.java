package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;

/** The sends to one key since the last change of the faults. Confined to one check. */
final class SendAttempts {
    private static final long NEVER = -1;

    private long sinceNanos = NEVER;
    private int firstOp = KeyRecords.NONE;
    private int lastOp = KeyRecords.NONE;
    private long lastNanos = NEVER;
    private int underWay;

    /** Whether somebody has tried since the last success. */
    boolean areInVain() {
        return sinceNanos != NEVER;
    }

    /** When the time in vain began, if it did. */
    long sinceNanos() {
        return sinceNanos;
    }

    /** The operation with which the time in vain began. */
    int firstOp() {
        return firstOp;
    }

    /** The last operation that was told of. */
    int lastOp() {
        return lastOp;
    }

    /** When somebody was trying last. */
    long triedUntil(long nowNanos) {
        return underWay > 0 ? nowNanos : lastNanos;
    }

    /** Ends the time in vain. */
    void stop() {
        sinceNanos = NEVER;
    }

    void begin(Op op) {
        underWay++;
        if (sinceNanos == NEVER) {
            restart(op);
        }
        told(op);
    }

    /** @param isOwn whether it was told of when it was invoked; if not, only its success counts */
    void end(Op op, boolean isOwn) {
        if (isOwn) {
            underWay--;
            told(op);
        }
        if (op.type() == OpType.OK) {
            stop();
            if (underWay > 0) {
                restart(op);
            }
        }
    }

    private void restart(Op op) {
        sinceNanos = op.timeNanos();
        firstOp = (int) op.index();
    }

    private void told(Op op) {
        lastNanos = op.timeNanos();
        lastOp = (int) op.index();
    }
}
