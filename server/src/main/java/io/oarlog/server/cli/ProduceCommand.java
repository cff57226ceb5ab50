package io.oarlog.server.cli;

import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Producer producer = new Producer(ProducerSettings.defaults(bootstrap.servers))) {
            for (String line = in.readLine(); line != null && failure.get() == null; line = in.readLine()) {
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

    private ProducerRecord record(String line) {
        String key = null;
        String value = line;
        int at = keySeparator == null ? -1 : line.indexOf(keySeparator);
        if (at >= 0 && keySeparator != null) {
            key = line.substring(0, at);
            value = line.substring(at + keySeparator.length());
        }
        return new ProducerRecord(
                topic,
                partition,
                key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8));
    }
}
