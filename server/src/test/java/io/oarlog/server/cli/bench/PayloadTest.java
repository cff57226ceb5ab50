package io.oarlog.server.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PayloadTest {
    @Test
    void shouldTellItsRunAndWhenItWasDue() {
        // given
        byte[] value = Payload.random(20);

        // when
        byte[] stamped = Payload.stamped(value, 5, -7);

        // then
        assertThat(Payload.isOf(5, stamped)).isTrue();
        assertThat(Payload.isOf(6, stamped)).isFalse();
        assertThat(Payload.dueNanos(stamped)).isEqualTo(-7);
        assertThat(Arrays.copyOfRange(stamped, 16, 20)).isEqualTo(Arrays.copyOfRange(value, 16, 20));
        assertThat(value).isEqualTo(Payload.random(20));
    }

    @Test
    void shouldNotTakeAShortValueOfSomebodyElseForItsOwn() {
        assertThat(Payload.isOf(0, new byte[15])).isFalse();
        assertThat(Payload.isOf(0, new byte[16])).isTrue();
    }
}
