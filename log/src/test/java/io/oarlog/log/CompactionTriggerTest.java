package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompactionTriggerTest {
    @Test
    void shouldBeDueWhenEnoughIsDirtyOrForLongEnough() {
        CompactionTrigger trigger = new CompactionTrigger(0.5, 100);

        assertThat(trigger.isDue(new CompactionBacklog(50, 50, 1_000), 1_100)).isFalse();
        assertThat(trigger.isDue(new CompactionBacklog(50, 51, 1_000), 1_100)).isTrue();
        assertThat(trigger.isDue(new CompactionBacklog(50, 1, 1_000), 1_101)).isTrue();
        assertThat(trigger.isDue(new CompactionBacklog(50, 1, -1), 1_101)).isFalse();
        assertThat(trigger.isDue(new CompactionBacklog(50, 0, -1), 1_101)).isFalse();
        assertThat(CompactionTrigger.always().isDue(new CompactionBacklog(50, 1, -1), 0))
                .isTrue();
    }
}
