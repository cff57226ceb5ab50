package io.oarlog.server.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The lines of a file, streamed one or more times. Immutable.
 *
 * @param file lines of the file
 * @param passes how often they are streamed
 */
record DemoStream(List<String> file, int passes) {
    static DemoStream of(Path input, int minLines) {
        List<String> lines;
        try {
            lines = Files.readAllLines(input, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new CommandFailedException("no such file: " + input, e);
        } catch (MalformedInputException e) {
            throw new CommandFailedException(input + " is not UTF-8 text; name another file", e);
        } catch (IOException e) {
            throw new CommandFailedException("cannot read " + input + ": " + e.getMessage(), e);
        }
        if (lines.isEmpty()) {
            throw new CommandFailedException(input + " is empty; name another file");
        }
        return new DemoStream(lines, (minLines + lines.size() - 1) / lines.size());
    }

    int fileLines() {
        return file.size();
    }

    int lines() {
        return Math.multiplyExact(file.size(), passes);
    }

    /** Line {@code number} of the stream, from 0. */
    byte[] line(int number) {
        return file.get(number % file.size()).getBytes(StandardCharsets.UTF_8);
    }
}
