package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    @Test
    void shouldBeginQuicklyAndStayBelowTheCap() {
        RetryPolicy policy = RetryPolicy.forRequests(new Random(3));
        for (int i = 0; i < 1000; i++) {
            assertThat(Duration.ofNanos(policy.delayNanos(1))).isBetween(Duration.ofMillis(15), Duration.ofMillis(50));
            assertThat(Duration.ofNanos(policy.delayNanos(1 + i)))
                    .isBetween(Duration.ofMillis(15), Duration.ofMillis(650));
        }
    }
}
