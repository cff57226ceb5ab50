package io.oarlog.chaos.report;

import io.oarlog.chaos.history.EdnWriter;
import io.oarlog.chaos.history.Op;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** An operation as it stands in its history. */
final class EdnLine {
    private EdnLine() {}

    /** Without the end of the line. */
    static String of(Op op) {
        StringWriter line = new StringWriter();
        try (EdnWriter writer = new EdnWriter(line)) {
            writer.write(op);
        } catch (IOException e) {
            throw new UncheckedIOException("a string writer failed", e);
        }
        return line.toString().stripTrailing();
    }
}
