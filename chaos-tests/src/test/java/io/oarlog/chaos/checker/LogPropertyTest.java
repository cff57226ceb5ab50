package io.oarlog.chaos.checker;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.checker.SimulatedLog.Load;
import io.oarlog.chaos.checker.Verdict.Outcome;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Op;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogPropertyTest {
    private static final int SEEDS = 1000;
    private static final List<LogMutation> MUTATIONS = List.copyOf(EnumSet.allOf(LogMutation.class));

    private final Judge judge = new Judge(Checkers.ofLog());

    @Test
    void shouldFindNothingInHistoriesOfALog() {
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            Load load = load(seed);
            History history = SimulatedLog.run(load, seed);

            // when
            Judgement judgement = judge.judge(history);

            // then
            for (Verdict verdict : judgement.verdicts()) {
                assertThat(Told.descriptions(verdict))
                        .as("%s of seed %d, %s", verdict.checker(), seed, load)
                        .isEmpty();
            }
        }
    }

    @Test
    void shouldFindEachKindOfBrokenPromise() {
        Map<LogMutation, Integer> broken = new EnumMap<>(LogMutation.class);
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            Load load = load(seed);
            LogMutation mutation = MUTATIONS.get(seed % MUTATIONS.size());
            LogFacts facts = new LogFacts(SimulatedLog.run(load, seed));
            Optional<History> history = mutation.apply(facts, new Random(seed));
            if (history.isEmpty()) {
                continue;
            }
            broken.merge(mutation, 1, Integer::sum);

            // when
            Judgement judgement = judge.judge(history.get());

            // then
            Verdict verdict = judgement.of(mutation.checker).orElseThrow();
            String which = mutation + " of seed " + seed + ", " + load;
            assertThat(verdict.outcome()).as(which).isEqualTo(Outcome.INVALID);
            for (Anomaly anomaly : verdict.anomalies()) {
                assertThat(anomaly.evidence())
                        .as(which)
                        .hasSizeBetween(1, 6)
                        .isSortedAccordingTo(Comparator.comparingLong(Op::index));
            }
        }
        assertThat(broken)
                .hasSize(MUTATIONS.size())
                .allSatisfy((mutation, times) ->
                        assertThat(times).as("%s", mutation).isGreaterThan(SEEDS / MUTATIONS.size() / 2));
    }

    private static Load load(int seed) {
        return new Load(1 + seed % 7, 1 + seed % 3, 20 + seed % 200);
    }
}
