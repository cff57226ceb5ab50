package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Our table against Kafka's. */
class WireErrorTest {
    @Test
    void shouldBeAsKafkaSays() {
        assertThat(Arrays.stream(WireError.values()).map(Enum::name))
                .isEqualTo(Arrays.stream(Errors.values()).map(Enum::name).toList());
        for (Errors theirs : Errors.values()) {
            WireError ours = WireError.forCode(theirs.code());
            assertThat(ours.name()).isEqualTo(theirs.name());
            assertThat(ours.code()).isEqualTo(theirs.code());
            assertThat(ours.message()).isEqualTo(theirs.message());
        }
        assertThat(WireError.forCode((short) 9_999)).isSameAs(WireError.UNKNOWN_SERVER_ERROR);
        assertThat(WireError.forCode((short) -2)).isSameAs(WireError.UNKNOWN_SERVER_ERROR);
    }
}
