package io.oarlog.log;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CompactionModelTest {
    private static final int SEEDS = 1_000;
    /** Set to the number in a failure's message to run that one alone. */
    private static final Long ONLY_SEED = Long.getLong("oarlog.seed");

    @Test
    @Timeout(120)
    void shouldKeepWhatAPlainMapSaysThroughFaultsAndCrashes() {
        LongStream seeds = ONLY_SEED == null ? LongStream.range(0, SEEDS) : LongStream.of(ONLY_SEED);
        seeds.forEach(CompactionModelTest::simulate);
    }

    private static void simulate(long seed) {
        CompactionSimulation simulation = new CompactionSimulation(seed);
        try {
            simulation.run();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (-Doarlog.seed=" + seed + "): " + String.join("; ", simulation.history()), e);
        }
    }
}
