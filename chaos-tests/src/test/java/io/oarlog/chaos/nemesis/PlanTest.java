package io.oarlog.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class PlanTest {
    private static final List<FaultKind> ALL = List.of(FaultKind.values());
    private static final int SEEDS = 1_000;

    @Test
    void shouldBeTheSameForTheSameSeed() {
        // when
        Plan first = Plan.draw(7, 5, Duration.ofMinutes(10), ALL);
        Plan second = Plan.draw(7, 5, Duration.ofMinutes(10), ALL);

        // then
        assertThat(second).isEqualTo(first);
        assertThat(Plan.draw(8, 5, Duration.ofMinutes(10), ALL)).isNotEqualTo(first);
    }

    @Test
    void shouldHaveEveryKindWhenThereIsTime() {
        for (long seed = 0; seed < SEEDS; seed++) {
            // when
            Plan plan = Plan.draw(seed, 5, Duration.ofMinutes(15), ALL);

            // then
            Set<FaultKind> kinds =
                    plan.faults().stream().map(PlannedFault::kind).collect(Collectors.toSet());
            assertThat(kinds).as("seed %d", seed).isEqualTo(EnumSet.allOf(FaultKind.class));
        }
    }

    @Test
    void shouldEndInTimeAndLeaveTwoFaultsAtOnceAtMost() {
        for (long seed = 0; seed < SEEDS; seed++) {
            // when
            Plan plan = Plan.draw(seed, 3, Duration.ofMinutes(3), ALL);

            // then
            for (PlannedFault fault : plan.faults()) {
                long end = fault.atMillis() + fault.lastsMillis();
                assertThat(end).as("seed %d, %s", seed, fault).isLessThanOrEqualTo(plan.millis());
                long beside = plan.faults().stream()
                        .filter(other ->
                                other.atMillis() < end && fault.atMillis() < other.atMillis() + other.lastsMillis())
                        .count();
                assertThat(beside).as("seed %d, %s", seed, fault).isLessThanOrEqualTo(2);
            }
            assertThat(plan.victim()).isBetween(1, 3);
        }
    }

    @Test
    void shouldStayAsItWasForKindsThatAreNamed() {
        // when
        Plan plan = Plan.draw(7, 5, Duration.ofMinutes(1), List.of(FaultKind.KILL, FaultKind.PAUSE, FaultKind.HALVES));

        // then: whatever kinds there are by now
        assertThat(plan.victim()).isEqualTo(2);
        assertThat(plan.faults())
                .containsExactly(
                        new PlannedFault(
                                5_000, 6_052, FaultKind.HALVES, Role.ANYONE, Moment.ANYTIME, -5383181422176253347L),
                        new PlannedFault(
                                22_764,
                                10_127,
                                FaultKind.PAUSE,
                                Role.COORDINATOR,
                                Moment.ELECTION,
                                -5779590684256080106L),
                        new PlannedFault(
                                31_368, 4_387, FaultKind.KILL, Role.COORDINATOR, Moment.ANYTIME, 8724841566003434993L));
    }

    @Test
    void shouldBeEmptyWithoutKinds() {
        assertThat(Plan.draw(1, 5, Duration.ofMinutes(10), List.of()).faults()).isEmpty();
    }
}
