package io.oarlog.server.cli.terminal;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A point in time as a user writes it: ms since the epoch, or ISO 8601, of this machine's zone when it names none. */
public final class InstantConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String value) {
        try {
            if (value.chars().allMatch(Character::isDigit)) {
                return Instant.ofEpochMilli(Long.parseLong(value));
            }
            boolean hasZone = value.endsWith("Z") || value.matches(".*T.*[+-].*");
            return hasZone
                    ? OffsetDateTime.parse(value).toInstant()
                    : LocalDateTime.parse(value).atZone(ZoneId.systemDefault()).toInstant();
        } catch (NumberFormatException | DateTimeParseException e) {
            throw new TypeConversionException(
                    "'" + value + "': give a time like 2026-11-28T12:00:00Z, or milliseconds since the epoch");
        }
    }
}
