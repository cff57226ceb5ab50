package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.SegmentedLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The process that writes a log until it is killed; {@link RestartCommand} starts it. */
@Command(name = "write-until-killed", hidden = true)
final class WriterCommand implements Callable<Integer> {
    private static final int BATCH_BYTES = 16 << 10;
    private static final long STEP_BYTES = 1L << 30;
    private static final String DONE = "done";

    @Parameters(index = "0")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Parameters(index = "1")
    private long size;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /**
     * Writes a log in another process and kills it when the log is durable and still open.
     *
     * @throws IOException when the process ended before
     */
    static void writeAndKill(Path directory, long size, PrintWriter progress) throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Benchmarks.class.getName(),
                        "write-until-killed",
                        directory.toString(),
                        String.valueOf(size))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = writer.inputReader()) {
            for (String line = lines.readLine(); !DONE.equals(line); line = lines.readLine()) {
                if (line == null) {
                    throw new IOException("the process that writes the log ended before its time");
                }
                progress.println(line);
                progress.flush();
            }
        } finally {
            writer.destroyForcibly().waitFor();
        }
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        SampleBatch batch = SampleBatch.ofBytes(BATCH_BYTES);
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), directory, LogSettings.defaults())) {
            for (long written = 0; written < size; written += STEP_BYTES) {
                batch.fill(log, Math.min(STEP_BYTES, size - written));
                out.printf("%d of %d MiB written%n", Math.min(written + STEP_BYTES, size) >> 20, size >> 20);
            }
            out.println(DONE);
            out.flush();
            // Until it is killed, or the one who should do so is gone.
            System.in.transferTo(OutputStream.nullOutputStream());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
