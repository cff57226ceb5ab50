package io.oarlog.server.cli;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file, streamed one or more times, as bytes without their line ends. Immutable; a file that grows meanwhile
 * is streamed as far as it was when this was made.
 *
 * @param bytes of the file that count
 * @param fileLines lines in them
 * @param passes how often they are streamed
 */
record DemoStream(Path file, long bytes, long fileLines, long passes) {
    /** What a broker takes by default, and room for the batch around it. */
    private static final int MAX_LINE_BYTES = 1_000_000;

    /** Looks through the file. It is streamed until {@code minLines} or {@code enoughBytes} are reached, once at least. */
    static DemoStream of(Path file, int minLines, long enoughBytes) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new CommandFailedException(file + " is not a regular file; name another one");
            }
            long bytes = Files.size(file);
            long lines = 0;
            try (Lines once = new Lines(new DemoStream(file, bytes, 0, 1))) {
                while (once.next() != null) {
                    lines++;
                }
            }
            if (lines == 0) {
                throw new CommandFailedException(file + " is empty; name another file");
            }
            long passesForLines = (minLines + lines - 1) / lines;
            long passesForBytes = (enoughBytes + bytes - 1) / bytes;
            return new DemoStream(file, bytes, lines, Math.min(passesForLines, passesForBytes));
        } catch (NoSuchFileException e) {
            throw new CommandFailedException("no such file: " + file, e);
        } catch (IOException | UncheckedIOException e) {
            throw new CommandFailedException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Lines of all passes. */
    long lines() {
        return fileLines * passes;
    }

    /** Starts at the first line. */
    Lines open() {
        return new Lines(this);
    }

    /** The stream, line after line. Confined to its user. */
    static final class Lines implements Closeable {
        private final DemoStream stream;
        private @Nullable InputStream in;
        private long passesLeft;
        private long bytesLeft;

        private Lines(DemoStream stream) {
            this.stream = stream;
            this.passesLeft = stream.passes();
        }

        /** The next line, or null behind the last one. */
        byte @Nullable [] next() {
            try {
                byte[] line = bytesLeft > 0 ? read() : null;
                while (line == null && passesLeft > 0) {
                    begin();
                    line = read();
                }
                return line;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void begin() throws IOException {
            close();
            in = new BufferedInputStream(Files.newInputStream(stream.file()));
            passesLeft--;
            bytesLeft = stream.bytes();
        }

        private byte @Nullable [] read() throws IOException {
            InputStream current = in;
            if (current == null || bytesLeft == 0) {
                return null;
            }
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (bytesLeft > 0) {
                int next = current.read();
                bytesLeft--;
                if (next < 0) {
                    bytesLeft = 0;
                    return line.size() == 0 ? null : line.toByteArray();
                }
                if (next == '\n') {
                    return line.toByteArray();
                }
                line.write(next);
                if (line.size() > MAX_LINE_BYTES) {
                    throw new CommandFailedException(
                            stream.file() + " has a line of more than " + MAX_LINE_BYTES + " bytes; name another file");
                }
            }
            return line.size() == 0 ? null : line.toByteArray();
        }

        @Override
        public void close() throws IOException {
            if (in != null) {
                in.close();
            }
        }
    }
}
