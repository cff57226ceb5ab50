package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process with some client of Kafka that is told line by line what to do, and says when it is done.
 *
 * <pre>
 * produce N -> produced N     N more records are acknowledged
 * consume N -> consumed N     N more records are consumed by its group and committed
 * end       -> committed N    it has left its group, which has committed N different records
 * </pre>
 *
 * Confined to the test's thread.
 */
final class ClientProgram implements AutoCloseable {
    /** KafkaJS goes on asking a node that is gone for 40 s before it looks for the next one. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final String name;
    private final Process process;
    private final Writer in;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<String> printed = new ConcurrentLinkedQueue<>();

    private ClientProgram(String name, Process process) {
        this.name = name;
        this.process = process;
        this.in = process.outputWriter(StandardCharsets.UTF_8);
    }

    static ClientProgram start(String name, List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        ClientProgram started = new ClientProgram(name, builder.start());
        Thread reader = new Thread(started::read, "output of " + name);
        reader.setDaemon(true);
        reader.start();
        return started;
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                printed.add(line);
                lines.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void say(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
    }

    /** Waits for a line that begins so; returns the rest of it. */
    String await(String beginning) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            String line = lines.poll(100, TimeUnit.MILLISECONDS);
            if (line != null && line.startsWith(beginning)) {
                return line.substring(beginning.length()).strip();
            }
            if (line == null && !process.isAlive() && lines.isEmpty()) {
                break;
            }
        }
        throw new AssertionError(name + " did not say '" + beginning + "'; it said:\n" + String.join("\n", printed));
    }

    /** Waits for its end, which has to be a success. */
    void awaitEnd() throws InterruptedException {
        boolean hasEnded = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(hasEnded && process.exitValue() == 0)
                .as("%s ended well; it said:%n%s", name, String.join("\n", printed))
                .isTrue();
        assertThat(printed).as(name).noneMatch(line -> line.startsWith("failed "));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
