package io.oarlog.log;

import static java.util.Objects.requireNonNull;

import io.oarlog.log.CrashExpectation.Outcome;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * All changes that one process made to a disk, and after each of them what a crash may leave of the log. Confined to its
 * caller.
 */
final class CrashHistory {
    /**
     * What the process found when it began. Immutable.
     *
     * @param disk the same each time
     * @param expectation of the log on it
     */
    record Found(String name, Supplier<FaultyDisk> disk, LogSettings settings, CrashExpectation expectation) {
        /** A disk with nothing on it; segments of a few appends. */
        static Found nothing(long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            return new Found(
                    "new disk",
                    () -> new FaultyDisk(seed),
                    new LogSettings(300 + random.nextInt(1_200), Long.MAX_VALUE, 61 + random.nextInt(300)),
                    new CrashExpectation(List.of(Outcome.exactly(NaiveLog.emptyAt(0), 0))));
        }
    }

    private final Found found;
    private final String name;
    private final List<DiskOperation> operations;
    /** By the number of changes from which on it holds. */
    private final NavigableMap<Integer, CrashExpectation> expectations = new TreeMap<>();

    /**
     * Begins.
     *
     * @param operations that the process did so far, none; grows
     */
    CrashHistory(Found found, String name, List<DiskOperation> operations) {
        this.found = found;
        this.name = name;
        this.operations = operations;
        expectations.put(0, found.expectation());
    }

    LogSettings settings() {
        return found.settings();
    }

    /** Something is under way: what holds from the next change on. */
    void onBegun(CrashExpectation expectation) {
        onBegunAfter(operations.size(), expectation);
    }

    /** Something was begun after so many changes: what held from the next one on. */
    void onBegunAfter(int operationCount, CrashExpectation expectation) {
        expectations.put(operationCount + 1, expectation);
    }

    /** It is done, and what holds now was promised. */
    void onDone(CrashExpectation expectation) {
        expectations.tailMap(operations.size(), true).clear();
        expectations.put(operations.size(), expectation);
    }

    List<DiskOperation> operations() {
        return operations;
    }

    /** What holds when the process ends after so many changes. */
    CrashExpectation expectationAfter(int operationCount) {
        return requireNonNull(expectations.floorEntry(operationCount)).getValue();
    }

    /** A new disk with these changes made, none of them synced beyond what they did themselves. */
    FaultyDisk redo(List<DiskOperation> done) {
        FaultyDisk redone = found.disk().get();
        DiskOperation.redo(done, redone);
        return redone;
    }

    /** Whether the disk shows what a failed force has lost. Only a machine that went down forgets it. */
    boolean hasFailedForce(int operationCount) {
        return operations.subList(0, operationCount).stream().anyMatch(DiskOperation.ForceFailed.class::isInstance);
    }

    @Override
    public String toString() {
        return found.name() + "; " + name;
    }
}
