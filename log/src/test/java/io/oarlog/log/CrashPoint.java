package io.oarlog.log;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One way for a process to end, and the disk that the next one finds. Immutable.
 *
 * @param operations that the process had done
 * @param seed of what is random in the crash
 */
record CrashPoint(CrashHistory history, int operations, Crash crash, long seed) {
    /** What ends a process. */
    enum Crash {
        /** The process alone: the next one sees all that it did, durable or not. */
        KILLED(1),
        /** The same in the midst of its last write. */
        KILLED_WRITING(1),
        /** The machine, with all that was not synced. */
        UNSYNCED_LOST(1),
        UNSYNCED_KEPT(1),
        UNSYNCED_SCATTERED(4),
        UNSYNCED_TORN(3);

        private final int variants;

        Crash(int variants) {
            this.variants = variants;
        }

        /** How many seeds are worth a try. */
        int variants() {
            return variants;
        }

        boolean isKill() {
            return this == KILLED || this == KILLED_WRITING;
        }
    }

    /** Whether this can happen, and something about it is for the log to answer for. */
    boolean isPossible() {
        return switch (crash) {
            case KILLED -> !history.hasFailedForce(operations);
            case KILLED_WRITING -> lastIsWrite() && !history.hasFailedForce(operations);
            case UNSYNCED_LOST, UNSYNCED_KEPT, UNSYNCED_SCATTERED -> true;
            case UNSYNCED_TORN -> lastIsWrite();
        };
    }

    private boolean lastIsWrite() {
        return operations > 0 && last() instanceof DiskOperation.Written;
    }

    private DiskOperation last() {
        return history.operations().get(operations - 1);
    }

    /** For the next process. */
    CrashHistory.Found found() {
        return new CrashHistory.Found(toString(), this::disk, history.settings(), expectation());
    }

    CrashExpectation expectation() {
        return history.expectationAfter(operations);
    }

    /** A new disk, the same each time. */
    FaultyDisk disk() {
        SplittableRandom random = new SplittableRandom(seed);
        List<DiskOperation> done = new ArrayList<>(history.operations().subList(0, operations));
        if (crash == Crash.KILLED_WRITING && last() instanceof DiskOperation.Written written) {
            done.set(
                    operations - 1, written.first(random.nextInt(written.bytes().limit() + 1)));
        }
        FaultyDisk disk = history.redo(done);
        switch (crash) {
            case KILLED, KILLED_WRITING -> disk.restart();
            case UNSYNCED_LOST -> disk.powerCut(FaultyDisk.Unsynced.LOST, random);
            case UNSYNCED_KEPT -> disk.powerCut(FaultyDisk.Unsynced.KEPT, random);
            case UNSYNCED_SCATTERED -> disk.powerCut(FaultyDisk.Unsynced.SCATTERED, random);
            case UNSYNCED_TORN -> disk.powerCut(FaultyDisk.Unsynced.TORN, random);
        }
        return disk;
    }

    @Override
    public String toString() {
        String after = operations == 0 ? "nothing" : last().toString();
        return history + ", " + crash + " with seed " + seed + " after " + operations + " changes, the last one "
                + after;
    }
}
