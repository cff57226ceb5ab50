package io.oarlog.server.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class InstantConverterTest {
    private final InstantConverter converter = new InstantConverter();

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-28T12:00:00Z", "2026-11-28T13:00:00+01:00", "2026-11-28T12:00Z", "1795867200000"})
    void shouldTakeZonesAndMilliseconds(String text) {
        assertThat(converter.convert(text)).isEqualTo(Instant.parse("2026-11-28T12:00:00Z"));
    }

    @Test
    void shouldTakeTheZoneOfThisMachineWhenNoneIsNamed() {
        assertThat(converter.convert("2026-11-28T12:00:00"))
                .isEqualTo(LocalDateTime.of(2026, 11, 28, 12, 0)
                        .atZone(ZoneId.systemDefault())
                        .toInstant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-5", "2026-11-28", "99999999999999999999"})
    void shouldSayWhatATimeLooksLike(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("2026-11-28T12:00:00Z");
    }
}
