package io.oarlog.server.inspect;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys and values as something that can be printed. */
final class RecordText {
    private RecordText() {}

    /** The bytes as UTF-8, if they are that. */
    static Optional<String> decode(ByteBuffer bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.duplicate())
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Quoted text on one line, hexadecimal digits when it is no text, or null. */
    static String of(@Nullable ByteBuffer bytes) {
        return bytes == null ? "null" : decode(bytes).map(RecordText::of).orElseGet(() -> hex(bytes));
    }

    static String of(byte @Nullable [] bytes) {
        return of(bytes == null ? null : ByteBuffer.wrap(bytes));
    }

    /** Quoted: what would end the line, or play with the terminal, is escaped. */
    static String of(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default ->
                    quoted.append(
                            Character.isISOControl(c) ? "\\u" + HexFormat.of().toHexDigits(c) : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return "0x" + HexFormat.of().formatHex(copy);
    }
}
