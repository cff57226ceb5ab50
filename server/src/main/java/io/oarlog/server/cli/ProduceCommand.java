package io.oarlog.server.cli;

import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends the lines of standard input. */
@Command(
        name = "produce",
        mixinStandardHelpOptions = true,
        description = "Send each line of standard input as a record.",
        footer = {"", "Example: printf 'k1:hello\\nk2:world\\n' | oarlog produce orders -k :"})
final class ProduceCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "TOPIC")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = {"-p", "--partition"},
            description = "Send all to this partition (default: by key, or spread).")
    private @Nullable Integer partition;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What separates key and value in a line.")
    private @Nullable String keySeparator;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        long sent = 0;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        bootstrap.existing(topic, partition);
        LineReader in = new LineReader(System.in);
        try (Producer producer = new Producer(ProducerSettings.defaults(bootstrap.servers()))) {
            for (byte[] line = in.next(); line != null && failure.get() == null; line = in.next()) {
                var unused = producer.send(record(line)).whenComplete((metadata, e) -> {
                    if (e != null) {
                        failure.compareAndSet(null, e);
                    }
                });
                sent++;
            }
            producer.flush();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new CommandFailedException("not all lines were sent: " + failed.getMessage(), failed);
        }
        spec.commandLine().getErr().println("sent " + sent + " records to " + topic);
        return 0;
    }

    private ProducerRecord record(byte[] line) {
        byte[] separator = keySeparator == null ? new byte[0] : keySeparator.getBytes(StandardCharsets.UTF_8);
        int at = separator.length == 0 ? -1 : indexOf(line, separator);
        return at < 0
                ? new ProducerRecord(topic, partition, null, line)
                : new ProducerRecord(
                        topic,
                        partition,
                        Arrays.copyOf(line, at),
                        Arrays.copyOfRange(line, at + separator.length, line.length));
    }

    private static int indexOf(byte[] line, byte[] part) {
        for (int at = 0; at <= line.length - part.length; at++) {
            if (Arrays.equals(line, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }
}
