package io.oarlog.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * A command that was run in this JVM: what it printed and how it ended. Immutable.
 *
 * @param out what went to standard output, by picocli's writer or as bytes
 */
record CommandRun(int exitCode, String out, String err) {
    static CommandRun of(String... arguments) {
        return fed("", arguments);
    }

    /** With {@code input} on standard input. Not while another one runs: the streams are the JVM's. */
    static CommandRun fed(String input, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream formerOut = System.out;
        InputStream formerIn = System.in;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            // Not before: picocli goes back to the stream that was there when it was made.
            CommandLine commandLine = Oarlog.commandLine();
            commandLine.setOut(new PrintWriter(out, true));
            commandLine.setErr(new PrintWriter(err, true));
            int exitCode = commandLine.execute(arguments);
            return new CommandRun(exitCode, out + bytes.toString(StandardCharsets.UTF_8), err.toString());
        } finally {
            System.setOut(formerOut);
            System.setIn(formerIn);
        }
    }

    JsonNode json() {
        try {
            return new ObjectMapper().readTree(out);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + out + err, e);
        }
    }
}
