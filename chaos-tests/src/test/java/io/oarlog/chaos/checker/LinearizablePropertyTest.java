package io.oarlog.chaos.checker;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.SimulatedRegister.Load;
import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.Register;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearizablePropertyTest {
    private static final int SEEDS = 1000;

    private final Checker checker = new LinearizableChecker(1_000_000);

    @Test
    void shouldFindNothingInHistoriesOfARegister() {
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            Load load = new Load(2 + seed % 9, 120, seed % 2 == 0 ? 0 : 5, seed % 12);
            History history = SimulatedRegister.run(load, seed);

            // when
            Verdict verdict = checker.check(history);

            // then
            assertThat(verdict.outcome()).as("seed %d, %s", seed, load).isEqualTo(Outcome.VALID);
        }
    }

    @Test
    void shouldFindAReadThatNoOrderExplains() {
        int broken = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            Load load = new Load(2 + seed % 9, 120, 0, seed % 12);
            History history = withStaleRead(SimulatedRegister.run(load, seed), new Random(seed));
            broken += history.ops().isEmpty() ? 0 : 1;

            // when
            Verdict verdict = checker.check(history);

            // then
            assertThat(verdict.outcome())
                    .as("seed %d, %s", seed, load)
                    .isEqualTo(history.ops().isEmpty() ? Outcome.UNKNOWN : Outcome.INVALID);
        }
        assertThat(broken).isGreaterThan(SEEDS / 2);
    }

    @Test
    void shouldAgreeWithANaiveSearchAndGiveEvidenceThatHasNoExplanation() {
        int invalid = 0;
        for (int seed = 0; seed < 5 * SEEDS; seed++) {
            // given
            Random random = new Random(seed);
            Load load = new Load(2 + seed % 4, 7, 2 + seed % 2, seed % 4);
            History history = withOtherRead(SimulatedRegister.run(load, seed), random, load.values());
            boolean isExplained = NaiveRegister.explains(history.ops());

            // when
            Verdict verdict = checker.check(history);

            // then
            assertThat(verdict.outcome() != Outcome.INVALID)
                    .as("seed %d, %s", seed, load)
                    .isEqualTo(isExplained);
            if (!isExplained) {
                invalid++;
                assertEvidence(history, verdict, "seed " + seed);
            }
        }
        assertThat(invalid).isGreaterThan(SEEDS / 2);
    }

    private static void assertEvidence(History history, Verdict verdict, String seed) {
        List<Op> evidence = verdict.anomalies().get(0).evidence();
        long last = evidence.get(evidence.size() - 1).index();
        assertThat(NaiveRegister.explains(evidence)).as("evidence of %s", seed).isFalse();
        assertThat(NaiveRegister.explains(upTo(last + 1, history)))
                .as("up to the evidence of %s", seed)
                .isFalse();
        assertThat(NaiveRegister.explains(upTo(last, history)))
                .as("before the end of the evidence of %s", seed)
                .isTrue();
        for (int i = 0; i < evidence.size(); i++) {
            if (evidence.get(i).type() == OpType.OK && evidence.get(i).function() == OpFunction.READ) {
                List<Op> fewer = new ArrayList<>(evidence);
                long process = fewer.remove(i).process();
                int invocation = i - 1;
                while (fewer.get(invocation).process() != process) {
                    invocation--;
                }
                fewer.remove(invocation);
                assertThat(NaiveRegister.explains(fewer))
                        .as("evidence of %s without op %d", seed, i)
                        .isTrue();
            }
        }
    }

    /** The operations before the given one, without those that failed at whatever time: they had no effect. */
    private static List<Op> upTo(long end, History history) {
        List<Op> ops = new ArrayList<>();
        for (Op op : history.ops()) {
            if (op.type() == OpType.FAIL) {
                ops.removeIf(earlier -> earlier.type() == OpType.INVOKE
                        && earlier.process() == op.process()
                        && ops.stream()
                                .noneMatch(other ->
                                        other.index() > earlier.index() && other.process() == earlier.process()));
            } else {
                ops.add(op);
            }
        }
        return ops.stream().filter(op -> op.index() < end).toList();
    }

    /** One read finds any other value. */
    private static History withOtherRead(History history, Random random, int values) {
        List<Op> ops = new ArrayList<>(history.ops());
        List<Integer> reads = new ArrayList<>();
        for (Op op : ops) {
            if (op.function() == OpFunction.READ && op.type() == OpType.OK) {
                reads.add((int) op.index());
            }
        }
        if (!reads.isEmpty()) {
            int read = reads.get(random.nextInt(reads.size()));
            ops.set(read, withValue(ops.get(read), random.nextInt(values)));
        }
        return new History(ops);
    }

    /** One read finds what was certainly overwritten before it was invoked; empty when there is no such read. */
    private static History withStaleRead(History history, Random random) {
        List<Integer> reads = new ArrayList<>();
        List<Long> staleValues = new ArrayList<>();
        long overwritten = -1;
        long lastWritten = -1;
        int lastWriteEnded = -1;
        int[] invoked = new int[10_000];
        long[] stale = new long[history.ops().size()];
        for (Op op : history.ops()) {
            int index = (int) op.index();
            int process = (int) op.process();
            if (op.type() == OpType.INVOKE) {
                invoked[process] = index;
                stale[index] = overwritten;
            } else if (op.type() == OpType.OK && op.value() instanceof Register register) {
                if (op.function() == OpFunction.READ && stale[invoked[process]] >= 0) {
                    reads.add(index);
                    staleValues.add(stale[invoked[process]]);
                } else if (op.function() == OpFunction.WRITE && register.value() != null) {
                    if (lastWritten >= 0 && lastWriteEnded < invoked[process]) {
                        overwritten = lastWritten;
                    }
                    lastWritten = register.value();
                    lastWriteEnded = index;
                }
            }
        }
        if (reads.isEmpty()) {
            return new History(List.of());
        }
        int chosen = random.nextInt(reads.size());
        List<Op> ops = new ArrayList<>(history.ops());
        ops.set(reads.get(chosen), withValue(ops.get(reads.get(chosen)), staleValues.get(chosen)));
        return new History(ops);
    }

    private static Op withValue(Op read, long value) {
        return Op.of(
                read.index(),
                read.timeNanos(),
                read.process(),
                read.type(),
                read.function(),
                new Register(SimulatedRegister.KEY, value));
    }
}
