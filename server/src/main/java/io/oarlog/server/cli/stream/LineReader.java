package io.oarlog.server.cli.stream;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines as the bytes that they are, whatever their encoding; without their line feeds. Confined to its user. */
final class LineReader {
    /** More than any broker takes as one record. */
    private static final int MAX_LINE_BYTES = 16 << 20;

    private final InputStream in;
    private long number;

    LineReader(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    /** The next line, or null behind the last one. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        number++;
        while (next >= 0 && next != '\n') {
            if (line.size() == MAX_LINE_BYTES) {
                throw new CommandFailedException("line " + number + " has more than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(next);
            next = in.read();
        }
        return line.toByteArray();
    }
}
