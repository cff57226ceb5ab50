package io.oarlog.server.cli.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffsetChangeTest {
    @Test
    void shouldLeaveAnOffsetThatTheLogHas() {
        assertThat(change(10)).isEqualTo(new OffsetChange("t", 0, 7L, 10, 10, 20, 10, null));
        assertThat(change(20)).isEqualTo(new OffsetChange("t", 0, 7L, 20, 10, 20, 0, null));
    }

    @Test
    void shouldMoveOthersToTheNearerEndAndSaySo() {
        assertThat(change(9)).isEqualTo(new OffsetChange("t", 0, 7L, 10, 10, 20, 10, "9 is before the log's start"));
        assertThat(change(21)).isEqualTo(new OffsetChange("t", 0, 7L, 20, 10, 20, 0, "21 is behind the log's end"));
    }

    private static OffsetChange change(long wanted) {
        return OffsetChange.within("t", 0, 7L, wanted, 10, 20);
    }
}
