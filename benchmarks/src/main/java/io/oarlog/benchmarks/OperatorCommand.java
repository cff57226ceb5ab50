package io.oarlog.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oarlog.server.cli.Oarlog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands of {@code oarlog}, in a process each, as an operator gives them. */
record OperatorCommand(String bootstrap) {
    /**
     * Returns when it has ended.
     *
     * @throws IOException with what it said, when that was not well
     */
    void run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1"); // it shares the machine with the nodes
        command.addAll(MeasuredBrokers.code());
        command.add(Oarlog.class.getName());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--bootstrap", bootstrap));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output;
        int status;
        try {
            output = new String(process.getInputStream().readAllBytes(), UTF_8);
            status = process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        if (status != 0) {
            throw new IOException(
                    "oarlog " + String.join(" ", arguments) + ": status " + status + ": " + output.strip());
        }
    }
}
