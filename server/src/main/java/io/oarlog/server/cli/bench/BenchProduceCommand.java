package io.oarlog.server.cli.bench;

import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.stream.Pace;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.Progress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how fast records are acknowledged. */
@Command(
        name = "produce",
        mixinStandardHelpOptions = true,
        description = {
            "Send records of random bytes, and measure how long each takes to be on disk at a majority.",
            "Without --rate records wait in the client, which counts; with it a record's time counts from when it was"
                    + " due."
        },
        footer = {
            "",
            "Example: oarlog bench produce orders -n 1000000 -s 1000",
            "         oarlog bench produce orders -n 10000 -s 1000 --rate 1000 -o json"
        })
final class BenchProduceCommand implements Runnable {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Parameters(paramLabel = "TOPIC", description = "It keeps the records.")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = {"-p", "--partition"},
            description = "Send all to this partition (default: spread).")
    private @Nullable Integer partition;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "RECORDS",
            defaultValue = "100000",
            description = "How many (default: ${DEFAULT-VALUE}).")
    private long count;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            defaultValue = "1000",
            description = "Of each value (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "Send so many records a second (default: as fast as it goes).")
    private double rate;

    @Option(
            names = "--linger",
            paramLabel = "MS",
            defaultValue = "0",
            description = "Wait so long for more records in a batch (default: ${DEFAULT-VALUE}).")
    private int lingerMillis;

    @Option(names = "--batch", paramLabel = "BYTES", description = "Largest batch (default: the client's).")
    private @Nullable Integer batchBytes;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        if (count < 1 || size < 0 || !(rate >= 0)) {
            throw new ParameterException(spec.commandLine(), "-n: give 1 or more; -s and --rate: give 0 or more");
        }
        ProducerSettings settings = settings();
        bootstrap.existing(topic, partition);
        byte[] value = Payload.random(size);
        Latencies latencies = new Latencies();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long start;
        long end;
        try (Producer producer = new Producer(settings);
                Progress progress = new Progress()) {
            progress.begin("produce", count, " records", 1);
            Pace pace = new Pace(rate);
            start = System.nanoTime();
            for (long sent = 0; sent < count && failure.get() == null; sent++) {
                long due = pace.await();
                var unused = producer.send(new ProducerRecord(topic, partition, null, value))
                        .whenComplete((metadata, e) -> {
                            latencies.add(System.nanoTime() - due);
                            progress.advance(1);
                            if (e != null) {
                                failure.compareAndSet(null, e);
                            }
                        });
            }
            producer.flush();
            end = System.nanoTime();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new CommandFailedException("a record was not acknowledged: " + failed.getMessage(), failed);
        }
        BenchReport.of(topic, count, count * size, end - start, List.of(latencies.percentiles("acknowledged")))
                .print(output, spec.commandLine().getOut());
    }

    private ProducerSettings settings() {
        try {
            ProducerSettings settings =
                    ProducerSettings.defaults(bootstrap.servers()).withLinger(Duration.ofMillis(lingerMillis));
            return batchBytes == null ? settings : settings.withBatchBytes(batchBytes);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--linger, --batch: " + e.getMessage(), e);
        }
    }
}
