package io.oarlog.chaos.report;

/**
 * Text of anybody, such as errors of brokers, for a page: it neither becomes markup nor hides or turns what stands beside it.
 * What cannot be seen is shown by its number, <code>\u0000</code>.
 */
final class HtmlText {
    private HtmlText() {}

    /** For text and for values of attributes. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                case '\n', '\t' -> escaped.append((char) c);
                default -> {
                    if (isSeen(c)) {
                        escaped.appendCodePoint(c);
                    } else {
                        escaped.append(String.format("\\u%04x", c));
                    }
                }
            }
        });
        return escaped.toString();
    }

    /** For a script that holds data alone: JSON has these characters in strings only, where they may be given by number. */
    static String json(String json) {
        return json.replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    private static boolean isSeen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
