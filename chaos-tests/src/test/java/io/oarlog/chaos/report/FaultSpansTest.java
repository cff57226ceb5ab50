package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.nemesis.FaultKind;
import org.junit.jupiter.api.Test;

class FaultSpansTest {
    private final FaultSpans faults = new FaultSpans();

    @Test
    void shouldCountAFaultOnceThatTwoHistoriesTell() {
        // given
        faults.on(0, OpFunction.FAULT, "kill #1", 10);
        faults.on(1, OpFunction.FAULT, "kill #1", 11);
        faults.on(1, OpFunction.HEAL, "kill #1", 20);
        faults.on(0, OpFunction.HEAL, "kill #1", 21);

        // then
        assertThat(faults.spans(100)).containsExactly(new FaultSpan("kill #1", 10, 20, true, 0, 0, 0, 10, 0));
    }

    @Test
    void shouldTellApartFaultsOfTheSameText() {
        // given
        for (int history = 0; history < 2; history++) {
            faults.on(history, OpFunction.FAULT, "kill node 2", 10 + history);
        }
        faults.on(0, OpFunction.HEAL, "kill node 2", 20);
        faults.on(1, OpFunction.HEAL, "kill node 2", 21);
        faults.on(0, OpFunction.FAULT, "kill node 2", 30);

        // then
        assertThat(faults.spans(100))
                .extracting(FaultSpan::beginNanos, FaultSpan::endNanos, FaultSpan::isHealed)
                .containsExactly(tuple(10L, 20L, true), tuple(30L, 100L, false));
    }

    @Test
    void shouldLastUntilTheEndWhenItIsNotHealed() {
        // given
        faults.on(0, OpFunction.FAULT, "ring #1", 10);
        faults.sent(OpType.OK, 40);

        // then
        assertThat(faults.spans(100)).containsExactly(new FaultSpan("ring #1", 10, 100, false, 1, 0, 0, 60, 0));
    }

    @Test
    void shouldCountWhatEndsWhileItIsOpen() {
        // given
        faults.sent(OpType.OK, 5);
        faults.on(0, OpFunction.FAULT, "minority pause node 1 #1", 10);
        faults.sent(OpType.OK, 12);
        faults.took(7);
        faults.on(0, OpFunction.FAULT, "loss node 2 #2", 13);
        faults.sent(OpType.INFO, 14);
        faults.sent(OpType.FAIL, 15);
        faults.on(0, OpFunction.HEAL, "minority pause node 1 #1", 30);
        faults.sent(OpType.OK, 31);
        faults.took(3);
        faults.on(0, OpFunction.HEAL, "loss node 2 #2", 40);

        // then
        assertThat(faults.spans(100))
                .containsExactly(
                        new FaultSpan("minority pause node 1 #1", 10, 30, true, 1, 1, 1, 18, 7),
                        new FaultSpan("loss node 2 #2", 13, 40, true, 1, 1, 1, 18, 3));
    }

    @Test
    void shouldIgnoreAHealWithoutItsFault() {
        // when
        faults.on(0, OpFunction.HEAL, "kill #1", 10);

        // then
        assertThat(faults.spans(100)).isEmpty();
    }

    @Test
    void shouldKnowItsKindAndWhetherAMajorityStays() {
        // given
        FaultSpan minority = new FaultSpan("minority kill-all node 2 during election #4", 0, 1, true, 0, 0, 0, 0, 0);
        FaultSpan majority = new FaultSpan("meteor #5", 0, 1, true, 0, 0, 0, 0, 0);

        // then
        assertThat(minority.isOfMinority()).isTrue();
        assertThat(minority.kind()).contains(FaultKind.KILL_ALL);
        assertThat(majority.isOfMinority()).isFalse();
        assertThat(majority.kind()).isEmpty();
    }
}
