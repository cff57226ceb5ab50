package io.oarlog.chaos.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the machine: run to their end, within a bound. */
public final class Tool {
    private static final int LIMIT_SECONDS = 120;

    private Tool() {}

    /** As {@link #run(List)}. */
    public static String run(String... command) {
        return run(Arrays.asList(command));
    }

    /**
     * Runs a program and waits for its end.
     *
     * @return what it printed, errors as well, without blanks around it
     * @throws ToolFailedException if it is not there, ends with another status than 0, or takes more than two minutes
     */
    public static String run(List<String> command) {
        Result result = tryRun(command);
        if (result.status() != 0) {
            throw new ToolFailedException(
                    String.join(" ", command) + " ended with status " + result.status() + ": " + result.output());
        }
        return result.output();
    }

    /** As {@link #run(List)}, but any status will do. */
    public static Result tryRun(List<String> command) {
        try {
            Path output = Files.createTempFile("oarlog-chaos-", ".out"); // a pipe would be waited for without a bound
            try {
                return run(command, output);
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            return new Result(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    private static Result run(List<String> command, Path output) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new ToolFailedException(String.join(" ", command) + " did not end in " + LIMIT_SECONDS + " s");
        }
        return new Result(
                process.exitValue(),
                Files.readString(output, StandardCharsets.UTF_8).strip());
    }

    /** Whether a program of this name is there. */
    static boolean isThere(String name) {
        return tryRun(List.of("sh", "-c", "command -v " + name)).status() == 0;
    }

    /** How a program ended: its status, 127 if it could not be started, and what it printed. */
    public record Result(int status, String output) {}
}
