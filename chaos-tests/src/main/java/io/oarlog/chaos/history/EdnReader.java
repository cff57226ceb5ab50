package io.oarlog.chaos.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import us.bpsm.edn.EdnException;
import us.bpsm.edn.parser.Parseable;
import us.bpsm.edn.parser.Parser;
import us.bpsm.edn.parser.Parsers;

/**
 * Reads what {@link EdnWriter} has written, line by line. Fields of a line that are none of ours are ignored. Confined to
 * one thread.
 */
public final class EdnReader implements Closeable {
    private final Path file;
    private final BufferedReader lines;
    private final Parser parser = Parsers.newParser(Parsers.defaultConfiguration());
    private long lineNumber;

    public EdnReader(Path file) throws IOException {
        this.file = file;
        // Not Files.newBufferedReader, which refuses a character that is torn in two before its line is reached.
        this.lines = new BufferedReader(new InputStreamReader(Files.newInputStream(file), UTF_8));
    }

    /**
     * Reads a whole file.
     *
     * @throws HistoryFormatException if it is not a history, or if its last line is torn
     */
    public static History read(Path file) throws IOException {
        try (EdnReader reader = new EdnReader(file)) {
            List<Op> ops = new ArrayList<>();
            for (Op op = reader.next(); op != null; op = reader.next()) {
                if (op.index() != ops.size()) {
                    throw reader.failure("has the index " + op.index() + " in place of " + ops.size(), null);
                }
                ops.add(op);
            }
            return new History(ops);
        }
    }

    /**
     * The next operation.
     *
     * @return null at the end
     * @throws HistoryFormatException if the line is not an operation
     */
    public @Nullable Op next() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            return null;
        }
        lineNumber++;
        try {
            return new OpForm(parse(line)).op();
        } catch (EdnException | IllegalArgumentException e) {
            throw isTorn() ? failure("is torn: its writer was stopped within it", e) : failure(e.getMessage(), e);
        }
    }

    private Object parse(String line) {
        Parseable rest = Parsers.newParseable(line);
        Object form = parser.nextValue(rest);
        if (form == null || form == Parser.END_OF_INPUT) {
            throw new IllegalArgumentException("is empty");
        }
        if (parser.nextValue(rest) != Parser.END_OF_INPUT) {
            throw new IllegalArgumentException("has something behind its map");
        }
        return form;
    }

    /** Whether this line is the last one and does not end, which a whole one does. */
    private boolean isTorn() throws IOException {
        if (lines.readLine() != null) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
        }
    }

    private HistoryFormatException failure(@Nullable String what, @Nullable Throwable cause) {
        return new HistoryFormatException(file, lineNumber, "this line " + what, cause);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
