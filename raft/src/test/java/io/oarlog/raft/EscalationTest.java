package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.raft.Escalation.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EscalationTest {
    private static final Patience PATIENCE = new Patience(Duration.ofSeconds(30));
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Object HERE = 1;

    private long nowNanos = 17;
    private final Escalation escalation = new Escalation(PATIENCE, nowNanos);

    private Step stuckAfter(Duration time, Object place) {
        nowNanos += time.toNanos();
        return escalation.onStuck(place, LIMIT, true, nowNanos);
    }

    /** Looks every second while it stands still. @return the seconds at which it was started anew, then when it was left alone */
    private List<Long> standFor(Duration time) {
        List<Long> steps = new ArrayList<>();
        for (long second = 0; second < time.toSeconds(); second++) {
            Step step = stuckAfter(Duration.ofSeconds(1), HERE);
            if (step != Step.NONE) {
                steps.add(second);
            }
            if (step == Step.RESTART) {
                escalation.onRestart(nowNanos);
            }
        }
        return steps;
    }

    private void wellFor(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            nowNanos += Duration.ofSeconds(1).toNanos();
            escalation.onWell(nowNanos);
        }
    }

    @Test
    void shouldDoNothingToWhatMoves() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(stuckAfter(Duration.ofSeconds(1), i)).isEqualTo(Step.NONE);
        }
    }

    @Test
    void shouldDoNothingToWhatStandsStillForLessThanThePatience() {
        standFor(Duration.ofSeconds(30));
        wellFor(Duration.ofSeconds(1));
        standFor(Duration.ofSeconds(30));
        assertThat(escalation.restarts()).isZero();
    }

    @Test
    void shouldRestartAfterPausesThatDoubleAndThenLeaveItAloneOnce() {
        // when
        List<Long> steps = standFor(Duration.ofHours(2));

        // then: 1, 2, 4 and 8 minutes lie between the restarts, and one patience before the end
        assertThat(steps).containsExactly(30L, 90L, 210L, 450L, 930L, 961L);
        assertThat(escalation.restarts()).isEqualTo(5);
        assertThat(escalation.isLeftAlone()).isTrue();
    }

    @Test
    void shouldNotTakeThePauseOfTheProcessForAStandstill() {
        // given: a little behind, as everything is under load
        stuckAfter(Duration.ofSeconds(1), HERE);

        // when: the process is stopped
        Step step = stuckAfter(Duration.ofMinutes(10), HERE);

        // then
        assertThat(step).isEqualTo(Step.NONE);
    }

    @Test
    void shouldCountAgainFromTheStartWhenItWasWellForLong() {
        // given
        standFor(Duration.ofHours(2));

        // when
        wellFor(Duration.ofMinutes(10));

        // then
        assertThat(escalation.isLeftAlone()).isFalse();
        assertThat(standFor(Duration.ofHours(2))).hasSize(6);
    }

    @Test
    void shouldNotForgetRestartsForAShortTimeInWhichItIsWell() {
        // when: it takes part for nine minutes after each restart
        int restarts = 0;
        for (int i = 0; i < 20; i++) {
            restarts += standFor(Duration.ofMinutes(11)).size();
            wellFor(Duration.ofMinutes(9));
        }

        // then: five, and the end is told once
        assertThat(restarts).isEqualTo(6);
    }

    @Test
    void shouldNotBeLeftAloneAnyMoreWhenItIsWellByItself() {
        standFor(Duration.ofHours(2));
        wellFor(Duration.ofSeconds(1));
        assertThat(escalation.isLeftAlone()).isFalse();
    }

    @Test
    void shouldDoNothingButTellWhenARestartCannotHelp() {
        // when
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            nowNanos += Duration.ofSeconds(1).toNanos();
            steps.add(escalation.onStuck(HERE, LIMIT, false, nowNanos));
        }

        // then
        assertThat(steps).doesNotContain(Step.RESTART).containsOnlyOnce(Step.LEAVE_ALONE);
        assertThat(escalation.isLeftAlone()).isTrue();
    }

    @Test
    void shouldNotCountTheTimeInWhichNobodyCanTell() {
        for (int i = 0; i < 100; i++) {
            stuckAfter(Duration.ofSeconds(1), HERE);
            nowNanos += Duration.ofSeconds(1).toNanos();
            escalation.onUnknown(nowNanos);
        }
        assertThat(escalation.restarts()).isZero();
        assertThat(escalation.stood()).isZero();
    }
}
