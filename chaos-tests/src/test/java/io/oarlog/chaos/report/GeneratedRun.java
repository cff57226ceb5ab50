package io.oarlog.chaos.report;

import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.history.EdnWriter;
import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.nemesis.PlannedFault;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the directory of a run that never was, for reports to be looked at: sends that take milliseconds, wait for an election
 * when a fault of a minority begins, and end with nobody knowing how when it is of more. The same seed gives the same run.
 */
final class GeneratedRun {
    private static final long MILLI = 1_000_000;
    private static final long STARTUP_NANOS = 14_000 * MILLI;
    private static final long ELECTION_NANOS = 2_500 * MILLI;
    private static final long TIMEOUT_NANOS = 6_000 * MILLI;
    private static final int PROCESSES = 5;
    private static final int KEYS = 6;

    final Plan plan;
    private final double rate;
    private final Random random;
    private final Path directory;

    private GeneratedRun(long seed, Duration time, double rate, Path directory) {
        this.plan = Plan.draw(seed, 5, time, List.of(FaultKind.values()));
        this.rate = rate;
        this.random = new Random(seed);
        this.directory = directory;
    }

    /** Arguments: seed, minutes, operations a second, directory; writes the report as well. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[3]));
        GeneratedRun run = write(
                Long.parseLong(arguments[0]),
                Duration.ofMinutes(Long.parseLong(arguments[1])),
                Double.parseDouble(arguments[2]),
                directory);
        long begin = System.nanoTime();
        HtmlReport.write(run.summary(arguments.length > 4), run.plan, List.of("--rate", arguments[2]), directory);
        System.err.println("written in " + Figures.seconds(System.nanoTime() - begin));
    }

    static GeneratedRun write(long seed, Duration time, double rate, Path directory) throws IOException {
        GeneratedRun run = new GeneratedRun(seed, time, rate, directory);
        run.writeHistory(WorkloadSpec.ASSIGNED_HISTORY);
        run.writeHistory(WorkloadSpec.GROUP_HISTORY);
        return run;
    }

    /** @param isValid whether no checker found anything */
    RunSummary summary(boolean isValid) {
        Map<String, Integer> made = new TreeMap<>();
        plan.faults().forEach(fault -> made.merge(fault.kind().word(), 1, Integer::sum));
        made.remove(FaultKind.DELAY.word());
        return new RunSummary(
                plan.seed(),
                "netns",
                plan.nodes(),
                plan.millis() / 1000,
                Map.of("java", "17.0.15", "kernel", "6.1.0-25-amd64", "oarlog", "0.1.0"),
                made,
                Map.of(FaultKind.DELAY.word(), "this kernel has no netem: modprobe sch_netem"),
                isValid ? "" : "ack-before-commit",
                List.of(26_110L, 12L, 431L),
                verdicts(isValid));
    }

    private static List<Verdict> verdicts(boolean isValid) {
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.add(Verdict.of("replicas", "12 partitions on 3 nodes each, byte by byte", List.of()));
        verdicts.add(isValid ? Verdict.of("lost", "26110 acknowledged records", List.of()) : lost());
        verdicts.add(Verdict.of("duplicate", "26110 records", List.of()));
        verdicts.add(Verdict.unknown("linearizable", "the search went over 2000000 states for register 3"));
        return verdicts;
    }

    private static Verdict lost() {
        MicroOp.Seen before = new MicroOp.Seen(119, 16);
        MicroOp.Seen after = new MicroOp.Seen(121, 18);
        List<Op> evidence = List.of(
                op(8120, 81_402, 4, OpType.INVOKE, OpFunction.SEND, MicroOps.of(new MicroOp.Send(3, null, 17))),
                new Op(
                        8133,
                        81_455 * MILLI,
                        Op.NEMESIS,
                        OpType.INFO,
                        OpFunction.FAULT,
                        new Event("power-all #6"),
                        List.of(),
                        null),
                op(8141, 81_633, 4, OpType.OK, OpFunction.SEND, MicroOps.of(new MicroOp.Send(3, 120L, 17))),
                op(9804, 96_120, 7, OpType.INVOKE, OpFunction.POLL, MicroOps.of(MicroOp.Poll.invoked())),
                op(
                        9811,
                        96_310,
                        7,
                        OpType.OK,
                        OpFunction.POLL,
                        MicroOps.of(MicroOp.Poll.of(Map.of(3, List.of(before, after))))));
        Op refused = new Op(
                77,
                20_000 * MILLI,
                2,
                OpType.FAIL,
                OpFunction.SEND,
                MicroOps.of(new MicroOp.Send(1, null, 5)),
                List.of(),
                "<img src=x onerror=alert(1)> & </script> \u202e said \u0007 the broker");
        return Verdict.of(
                "lost",
                "26110 acknowledged records",
                List.of(
                        new Anomaly("key 3: offset 120, value 17 was acknowledged and is read no more", evidence),
                        new Anomaly("key 1: value 5 was refused, and read", List.of(refused))));
    }

    private static Op op(long index, long millis, long process, OpType type, OpFunction function, OpValue value) {
        return Op.of(index, millis * MILLI, process, type, function, value);
    }

    private record Line(
            long nanos,
            long process,
            OpType type,
            OpFunction function,
            OpValue value,
            @Nullable String error) {}

    private void writeHistory(String name) throws IOException {
        PriorityQueue<Line> lines = new PriorityQueue<>(Comparator.comparingLong(Line::nanos));
        addFaults(lines);
        for (int process = 0; process < PROCESSES; process++) {
            addProcess(lines, process);
        }
        addFinalReads(lines);
        try (EdnWriter writer = EdnWriter.to(directory.resolve(name))) {
            for (long index = 0; !lines.isEmpty(); index++) {
                Line line = lines.remove();
                writer.write(new Op(
                        index,
                        line.nanos(),
                        line.process(),
                        line.type(),
                        line.function(),
                        line.value(),
                        List.of(),
                        line.error()));
            }
        }
    }

    private void addFaults(PriorityQueue<Line> lines) {
        int number = 0;
        for (PlannedFault fault : plan.faults()) {
            if (fault.kind() == FaultKind.DELAY) {
                continue;
            }
            Event event = new Event((fault.kind().isOfMinority() ? "minority " : "")
                    + fault.kind().word() + (fault.kind().isOfMinority() ? " node 2" : "") + " #" + ++number);
            lines.add(new Line(begin(fault), Op.NEMESIS, OpType.INFO, OpFunction.FAULT, event, null));
            lines.add(new Line(end(fault), Op.NEMESIS, OpType.INFO, OpFunction.HEAL, event, null));
        }
    }

    private static long begin(PlannedFault fault) {
        return STARTUP_NANOS + fault.atMillis() * MILLI;
    }

    private static long end(PlannedFault fault) {
        return begin(fault) + fault.lastsMillis() * MILLI;
    }

    private void addProcess(PriorityQueue<Line> lines, int place) {
        long process = place;
        long now = STARTUP_NANOS;
        long value = place;
        long workloadEnd = STARTUP_NANOS + plan.millis() * MILLI;
        while (now < workloadEnd) {
            now += (long) (-Math.log(1 - random.nextDouble()) * 2 * PROCESSES / rate * 1e9);
            value += PROCESSES;
            boolean isSend = random.nextBoolean();
            int key = random.nextInt(KEYS);
            OpFunction function = isSend ? OpFunction.SEND : OpFunction.POLL;
            OpValue asked = MicroOps.of(isSend ? new MicroOp.Send(key, null, value) : MicroOp.Poll.invoked());
            lines.add(new Line(now, process, OpType.INVOKE, function, asked, null));
            long readyNanos = readyNanos(now, key);
            long tookNanos = (long) (Math.exp(1 + 0.6 * random.nextGaussian()) * MILLI) + readyNanos - now;
            if (tookNanos > TIMEOUT_NANOS) {
                now += TIMEOUT_NANOS;
                boolean isRefused = random.nextInt(5) == 0;
                String error = isRefused ? "NOT_ENOUGH_REPLICAS" : "TimeoutException: 6000 ms has passed";
                lines.add(new Line(now, process, isRefused ? OpType.FAIL : OpType.INFO, function, asked, error));
                process += isRefused ? 0 : PROCESSES;
            } else {
                now += tookNanos;
                lines.add(new Line(now, process, OpType.OK, function, answer(isSend, key, value), null));
            }
        }
    }

    /** When the key takes sends again that are made now. */
    private long readyNanos(long now, int key) {
        long ready = now;
        for (PlannedFault fault : plan.faults()) {
            if (begin(fault) <= now && now < end(fault)) {
                boolean isHit = fault.kind().isOfMinority() ? key % 3 == 0 : true;
                long until = fault.kind().isOfMinority() ? begin(fault) + ELECTION_NANOS : end(fault) + ELECTION_NANOS;
                ready = isHit ? Math.max(ready, until) : ready;
            }
        }
        return ready;
    }

    private OpValue answer(boolean isSend, int key, long value) {
        if (isSend) {
            return MicroOps.of(new MicroOp.Send(key, value, value));
        }
        List<MicroOp.Seen> seen = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            seen.add(new MicroOp.Seen(value + i, value + i));
        }
        return MicroOps.of(MicroOp.Poll.of(seen.isEmpty() ? Map.of() : Map.of(key, seen)));
    }

    private void addFinalReads(PriorityQueue<Line> lines) {
        long now = STARTUP_NANOS + plan.millis() * MILLI + TIMEOUT_NANOS;
        OpValue all = new Keys(List.of(0, 1, 2, 3, 4, 5), true);
        lines.add(new Line(now, 1_000, OpType.INVOKE, OpFunction.ASSIGN, all, null));
        lines.add(new Line(now + MILLI, 1_000, OpType.OK, OpFunction.ASSIGN, all, null));
        for (int round = 1; round <= 6; round++) {
            List<MicroOp.Seen> seen = new ArrayList<>();
            for (int offset = 0; offset < 500; offset++) {
                seen.add(new MicroOp.Seen(offset, offset));
            }
            long at = now + 1_000L * round * MILLI;
            OpValue asked = MicroOps.of(MicroOp.Poll.invoked());
            OpValue answer = MicroOps.of(MicroOp.Poll.of(Map.of(round - 1, seen)));
            lines.add(new Line(at, 1_000, OpType.INVOKE, OpFunction.POLL, asked, null));
            lines.add(new Line(at + 300 * MILLI, 1_000, OpType.OK, OpFunction.POLL, answer, null));
        }
    }
}
