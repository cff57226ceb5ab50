package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process of this machine that is an {@link OperatorCommand}, or stands for the container of one. */
final class OperatorProcess implements OperatorCommand {
    /** Of a process that was ended, as by timeout(1). */
    private static final int ENDED = 124;

    private final Process process;
    private final Path output;

    private OperatorProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static OperatorProcess start(ClusterSpec spec, UndoJournal journal, List<String> command) throws IOException {
        Path output = Files.createTempFile(spec.directory(), "operator-", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        process.getOutputStream().close();
        long undo = journal.willDo(List.of("kill", "-9", Long.toString(process.pid())));
        var unused = process.onExit().thenRun(() -> journal.undone(undo));
        return new OperatorProcess(process, output);
    }

    @Override
    public Optional<Tool.Result> result() {
        return process.isAlive() ? Optional.empty() : Optional.of(read(process.exitValue()));
    }

    @Override
    public Tool.Result await(Duration limit) throws InterruptedException {
        boolean isInTime = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        Tool.Result result = read(isInTime ? process.exitValue() : ENDED);
        close();
        return result;
    }

    private Tool.Result read(int status) {
        try {
            return new Tool.Result(
                    status, Files.readString(output, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            Files.deleteIfExists(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
