package io.oarlog.log;

import io.oarlog.log.CrashExpectation.Outcome;
import io.oarlog.log.CrashPoint.Crash;
import io.oarlog.log.CrashViolation.Kind;
import io.oarlog.log.NaiveLog.Batch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Opens a log in all states that a crash can leave it in: after every change that a workload made to its disk. From some of
 * these states another workload goes on, and is explored too; its first changes are those of the recovery. Everything
 * follows from the seed. Confined to its caller.
 *
 * <p>In each state all that was acknowledged must be there, nothing else but what was under way, and all of it be found;
 * opening the log again must find the same, and the log must take appends and keep them.
 */
final class CrashExploration {
    private static final int STEPS = 30;
    private static final int STEPS_OF_SECOND_LIFE = 6;
    /** Of so many states one is gone on from. */
    private static final int SECOND_LIFE_ONE_IN = 60;

    private final UnaryOperator<Disk> underLog;
    private final List<CrashViolation> violations = new ArrayList<>();
    private int states;
    private int statesOfSecondLives;

    /**
     * Has explored nothing yet.
     *
     * @param underLog what the log sees of a disk
     */
    CrashExploration(UnaryOperator<Disk> underLog) {
        this.underLog = underLog;
    }

    /** States so far, no two alike that were reached by the same calls. */
    int states() {
        return states;
    }

    /** How many of them were left by a second crash. */
    int statesOfSecondLives() {
        return statesOfSecondLives;
    }

    List<CrashViolation> violations() {
        return violations;
    }

    /** Runs a workload and explores it. */
    void explore(CrashWorkload.Mix mix, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        CrashWorkload workload =
                new CrashWorkload(mix, seed, CrashHistory.Found.nothing(random.nextInt(Integer.MAX_VALUE)), underLog);
        for (CrashPoint point : distinct(workload.run(STEPS), random)) {
            states++;
            visit(point);
            if (random.nextInt(SECOND_LIFE_ONE_IN) == 0) {
                goOn(mix, point, random.split());
            }
        }
    }

    private void goOn(CrashWorkload.Mix mix, CrashPoint crashed, SplittableRandom random) {
        CrashWorkload workload;
        try {
            workload = new CrashWorkload(mix, random.nextInt(Integer.MAX_VALUE), crashed.found(), underLog);
        } catch (LogException | CrashViolation e) {
            return; // A violation, and known as one.
        }
        for (CrashPoint point : distinct(workload.run(STEPS_OF_SECOND_LIFE), random)) {
            states++;
            statesOfSecondLives++;
            visit(point);
        }
    }

    /** What a log can tell states apart by. */
    private record Fingerprint(boolean hasUnsynced, Map<Path, ByteBuffer> contents) {
        static Fingerprint of(FaultyDisk disk) {
            return new Fingerprint(disk.hasUnsynced(), filesOf(disk, path -> true));
        }
    }

    private static Map<Path, ByteBuffer> filesOf(FaultyDisk disk, Predicate<Path> files) {
        Map<Path, ByteBuffer> contents = new HashMap<>();
        disk.contents().forEach((path, content) -> {
            if (files.test(path)) {
                contents.put(path, ByteBuffer.wrap(content));
            }
        });
        return contents;
    }

    /** All crashes after each change, without those that leave what another one left of which the same is expected. */
    private static List<CrashPoint> distinct(CrashHistory history, SplittableRandom random) {
        List<CrashPoint> points = new ArrayList<>();
        Set<Fingerprint> seen = new HashSet<>();
        for (int done = 0; done <= history.operations().size(); done++) {
            if (done > 0 && !history.expectationAfter(done).equals(history.expectationAfter(done - 1))) {
                seen.clear();
            }
            for (Crash crash : Crash.values()) {
                for (int i = 0; i < crash.variants(); i++) {
                    CrashPoint point = new CrashPoint(history, done, crash, random.nextInt(Integer.MAX_VALUE));
                    if (point.isPossible() && seen.add(Fingerprint.of(point.disk()))) {
                        points.add(point);
                    }
                }
            }
        }
        return points;
    }

    private void visit(CrashPoint point) {
        try {
            verify(point);
        } catch (CrashViolation e) {
            violations.add(new CrashViolation(e.kind(), point + ": " + e.getMessage(), e));
        } catch (LogException | IOException e) {
            violations.add(new CrashViolation(Kind.UNREADABLE, point + ": " + e, e));
        }
    }

    private void verify(CrashPoint point) throws IOException {
        LogSettings settings = point.history().settings();
        FaultyDisk disk = point.disk();
        Outcome recovered = open(disk, settings, point.expectation());
        Map<Path, ByteBuffer> left = filesOf(disk, SegmentName::isLogFile);

        disk.powerCut(FaultyDisk.Unsynced.LOST);
        Outcome again = openAgain(disk, settings, recovered);
        if (!filesOf(disk, SegmentName::isLogFile).equals(left)) {
            throw new CrashViolation(Kind.NOT_DURABLE, "opened again, it has other segments");
        }

        SegmentedLog log = SegmentedLog.open(underLog.apply(disk), TestLog.DIRECTORY, settings);
        List<Batch> more = new RandomBatches(new SplittableRandom(point.seed()))
                .nextFew(again.log().endOffset());
        TestLog.appendBytes(log, more.stream().map(Batch::bytes).toList());
        log.flush();
        disk.powerCut(FaultyDisk.Unsynced.LOST);
        openAgain(disk, settings, Outcome.exactly(again.log().with(more), again.startOffset()));
    }

    private Outcome openAgain(FaultyDisk disk, LogSettings settings, Outcome left) throws IOException {
        try {
            return open(disk, settings, new CrashExpectation(List.of(left)));
        } catch (CrashViolation e) {
            throw new CrashViolation(Kind.NOT_DURABLE, "opened again: " + e.getMessage(), e);
        }
    }

    private Outcome open(FaultyDisk disk, LogSettings settings, CrashExpectation expectation) throws IOException {
        Disk seen = underLog.apply(disk);
        SegmentedLog log = SegmentedLog.open(seen, TestLog.DIRECTORY, settings);
        Outcome outcome = expectation.verify(log);
        RecoveredLog.verifyIndexFiles(seen, settings, log, outcome.log());
        return outcome;
    }
}
