package io.oarlog.server.cli.stream;

import io.oarlog.server.cli.terminal.InstantConverter;
import java.time.Instant;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where reading begins, in each partition. Immutable. */
sealed interface StartOffset {
    /** At the first record that the log has. */
    record Beginning() implements StartOffset {}

    /** Behind the last record. */
    record End() implements StartOffset {}

    /** So many offsets before the end. */
    record Last(long records) implements StartOffset {}

    /** At the first record that is not older; at the end when all are. */
    record Since(Instant instant) implements StartOffset {}

    /** At this offset. */
    record At(long offset) implements StartOffset {}

    /** Of {@code beginning}, {@code end}, {@code -N}, {@code @TIME} or a number. */
    final class Converter implements ITypeConverter<StartOffset> {
        private final InstantConverter instants = new InstantConverter();

        @Override
        public StartOffset convert(String value) {
            return switch (value) {
                case "beginning", "earliest" -> new Beginning();
                case "end", "latest" -> new End();
                default -> value.startsWith("@") ? new Since(instants.convert(value.substring(1))) : numbered(value);
            };
        }

        private static StartOffset numbered(String value) {
            try {
                long number = Long.parseLong(value);
                if (number == Long.MIN_VALUE) {
                    throw bad(value);
                }
                return value.startsWith("-") ? new Last(-number) : new At(number);
            } catch (NumberFormatException e) {
                throw bad(value);
            }
        }

        private static TypeConversionException bad(String value) {
            return new TypeConversionException(
                    "'" + value + "': give beginning, end, an offset, -N for the last N, or @TIME");
        }
    }
}
