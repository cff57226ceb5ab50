package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionPolicyTest {
    private static final long UNLIMITED = RetentionPolicy.UNLIMITED;
    private static final List<SegmentSummary> SEGMENTS = List.of(
            new SegmentSummary(0, 10, 100, 1_000),
            new SegmentSummary(10, 20, 100, 2_000),
            new SegmentSummary(20, 25, 50, 3_000));

    private static long start(RetentionPolicy policy, long endOffset, long nowMillis) {
        return policy.startOffset(SEGMENTS, 0, endOffset, nowMillis);
    }

    @Test
    void shouldKeepEverythingWhenUnlimited() {
        assertThat(start(new RetentionPolicy(UNLIMITED, UNLIMITED), 25, Long.MAX_VALUE))
                .isZero();
    }

    @Test
    void shouldDropASegmentWhenItsYoungestRecordIsTooOld() {
        RetentionPolicy policy = new RetentionPolicy(500, UNLIMITED);

        assertThat(start(policy, 25, 1_500)).isZero();
        assertThat(start(policy, 25, 1_501)).isEqualTo(10);
        assertThat(start(policy, 25, 2_501)).isEqualTo(20);
        assertThat(start(policy, 25, 3_501)).as("the last one too").isEqualTo(25);
    }

    @Test
    void shouldStopAtTheFirstSegmentThatIsYoungEnough() {
        // given
        List<SegmentSummary> segments = List.of(
                new SegmentSummary(0, 10, 100, 1_000),
                new SegmentSummary(10, 20, 100, 9_000),
                new SegmentSummary(20, 25, 50, 1_000));

        // when / then
        assertThat(new RetentionPolicy(500, UNLIMITED).startOffset(segments, 0, 25, 5_000))
                .isEqualTo(10);
    }

    @Test
    void shouldDropTheOldestWhileTheOthersHoldEnough() {
        assertThat(start(new RetentionPolicy(UNLIMITED, 151), 25, 0)).isZero();
        assertThat(start(new RetentionPolicy(UNLIMITED, 150), 25, 0)).isEqualTo(10);
        assertThat(start(new RetentionPolicy(UNLIMITED, 51), 25, 0)).isEqualTo(10);
        assertThat(start(new RetentionPolicy(UNLIMITED, 50), 25, 0)).isEqualTo(20);
        assertThat(start(new RetentionPolicy(UNLIMITED, 0), 25, 0)).isEqualTo(20);
    }

    @Test
    void shouldKeepWhatIsNotCommitted() {
        RetentionPolicy policy = new RetentionPolicy(0, UNLIMITED);

        assertThat(start(policy, 24, 9_000)).isEqualTo(20);
        assertThat(start(policy, 19, 9_000)).isEqualTo(10);
    }

    @Test
    void shouldNotAgeWithoutTimestamps() {
        List<SegmentSummary> segments = List.of(new SegmentSummary(0, 10, 100, SegmentIndexes.NO_TIMESTAMP));

        assertThat(new RetentionPolicy(0, UNLIMITED).startOffset(segments, 0, 10, Long.MAX_VALUE))
                .isZero();
    }

    @Test
    void shouldNeverMoveTheStartBack() {
        assertThat(new RetentionPolicy(500, UNLIMITED).startOffset(SEGMENTS, 15, 25, 1_501))
                .isEqualTo(15);
        assertThat(new RetentionPolicy(UNLIMITED, UNLIMITED).startOffset(SEGMENTS, 15, 25, 0))
                .isEqualTo(15);
    }

    @Test
    void shouldFindNothingToDropInAnEmptyLog() {
        List<SegmentSummary> empty = List.of(new SegmentSummary(7, 7, 0, SegmentIndexes.NO_TIMESTAMP));

        assertThat(new RetentionPolicy(0, 0).startOffset(empty, 7, 7, 9_000)).isEqualTo(7);
    }

    @Test
    void shouldRefuseANegativeLimit() {
        assertThatThrownBy(() -> new RetentionPolicy(-2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RetentionPolicy(0, -2)).isInstanceOf(IllegalArgumentException.class);
    }
}
