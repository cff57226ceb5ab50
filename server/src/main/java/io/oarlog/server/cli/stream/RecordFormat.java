package io.oarlog.server.cli.stream;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record in the words of kcat's formats. Immutable.
 *
 * <pre>
 * %k  key             %o  offset      %T  timestamp, ms since the epoch
 * %v  value (or %s)   %p  partition   %h  headers: name=value,name=value
 * %K  key's bytes     %t  topic       %%  a percent sign
 * %S  value's bytes   \n \t \r \0 \\  and \xHH, a byte
 * </pre>
 *
 * A key or a value that is null is empty, and has -1 bytes.
 */
final class RecordFormat implements RecordPrinter {
    private static final int HEX = 16;

    private final List<RecordPrinter> parts;

    private RecordFormat(List<RecordPrinter> parts) {
        this.parts = parts;
    }

    /** @throws IllegalArgumentException when it is no format; the message is for the user */
    static RecordFormat parse(String format) {
        List<RecordPrinter> parts = new ArrayList<>();
        ByteArrayOutputStream literal = new ByteArrayOutputStream();
        int at = 0;
        while (at < format.length()) {
            int symbol = format.codePointAt(at);
            if (symbol == '%') {
                addLiteral(literal, parts);
                parts.add(field(next(format, at)));
                at += 2;
            } else if (symbol == '\\') {
                char escape = next(format, at);
                literal.write(escape == 'x' ? hex(format, at + 2) : escaped(escape));
                at += escape == 'x' ? 4 : 2;
            } else {
                literal.writeBytes(Character.toString(symbol).getBytes(StandardCharsets.UTF_8));
                at += Character.charCount(symbol);
            }
        }
        addLiteral(literal, parts);
        return new RecordFormat(List.copyOf(parts));
    }

    /** A value a line, behind its key when there is a separator. */
    static RecordFormat lines(@Nullable String keySeparator) {
        List<RecordPrinter> parts = new ArrayList<>();
        if (keySeparator != null) {
            byte[] separator = keySeparator.getBytes(StandardCharsets.UTF_8);
            parts.add(field('k'));
            parts.add((record, out) -> out.write(separator, 0, separator.length));
        }
        parts.add(field('v'));
        parts.add((record, out) -> out.write('\n'));
        return new RecordFormat(List.copyOf(parts));
    }

    private static void addLiteral(ByteArrayOutputStream literal, List<RecordPrinter> parts) {
        if (literal.size() > 0) {
            byte[] bytes = literal.toByteArray();
            literal.reset();
            parts.add((record, out) -> out.write(bytes, 0, bytes.length));
        }
    }

    private static char next(String format, int at) {
        if (at + 1 == format.length()) {
            throw new IllegalArgumentException("ends with '" + format.charAt(at) + "'");
        }
        return format.charAt(at + 1);
    }

    private static RecordPrinter field(char name) {
        return switch (name) {
            case 'k' -> (record, out) -> write(record.key(), out);
            case 'v', 's' -> (record, out) -> write(record.value(), out);
            case 'K' -> (record, out) -> out.print(record.serializedKeySize());
            case 'S' -> (record, out) -> out.print(record.serializedValueSize());
            case 'o' -> (record, out) -> out.print(record.offset());
            case 'p' -> (record, out) -> out.print(record.partition());
            case 't' -> (record, out) -> out.print(record.topic());
            case 'T' -> (record, out) -> out.print(record.timestamp());
            case 'h' -> RecordFormat::writeHeaders;
            case '%' -> (record, out) -> out.print('%');
            default -> throw new IllegalArgumentException("there is no %" + name);
        };
    }

    private static int escaped(char escape) {
        return switch (escape) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '0' -> 0;
            case '\\' -> '\\';
            default -> throw new IllegalArgumentException("there is no \\" + escape);
        };
    }

    private static int hex(String format, int at) {
        int high = at + 1 < format.length() ? Character.digit(format.charAt(at), HEX) : -1;
        int low = at + 1 < format.length() ? Character.digit(format.charAt(at + 1), HEX) : -1;
        if (high < 0 || low < 0) {
            throw new IllegalArgumentException("\\x wants two hexadecimal digits");
        }
        return high * HEX + low;
    }

    private static void writeHeaders(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        boolean isFirst = true;
        for (Header header : record.headers()) {
            out.print(isFirst ? "" : ",");
            out.print(header.key());
            out.print('=');
            write(header.value(), out);
            isFirst = false;
        }
    }

    /** As they are: records need not be text, nor text in our encoding. */
    private static void write(byte @Nullable [] bytes, PrintStream out) {
        if (bytes != null) {
            out.write(bytes, 0, bytes.length);
        }
    }

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        parts.forEach(part -> part.print(record, out));
    }
}
