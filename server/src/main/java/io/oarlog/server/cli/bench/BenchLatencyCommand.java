package io.oarlog.server.cli.bench;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.client.TopicPartition;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.stream.Pace;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.Progress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how long a record takes from one client to another. */
@Command(
        name = "latency",
        mixinStandardHelpOptions = true,
        description = {
            "Send records at a steady rate and read them as they come; measure until each is on disk at a majority, and"
                    + " until it is read.",
            "Both count from when the record was due."
        },
        footer = {"", "Example: oarlog bench latency orders -n 5000 --rate 500"})
final class BenchLatencyCommand implements Runnable {
    private static final Duration POLL_LIMIT = Duration.ofMillis(500);
    /** Behind the last record that came. */
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

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
            names = {"-n", "--count"},
            paramLabel = "RECORDS",
            defaultValue = "2000",
            description = "How many (default: ${DEFAULT-VALUE}).")
    private long count;

    @Option(
            names = {"-s", "--size"},
            paramLabel = "BYTES",
            defaultValue = "100",
            description = "Of each value, 16 or more (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "Records a second (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Latencies acknowledged = new Latencies();
    private final Latencies consumed = new Latencies();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    /** So that records of others, and of earlier runs, are told apart. */
    private final long run = ThreadLocalRandom.current().nextLong();

    @Override
    public void run() {
        if (count < 1 || size < Payload.STAMP_BYTES || !(rate > 0)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "-n: give 1 or more; -s: " + Payload.STAMP_BYTES + " or more; --rate: more than 0");
        }
        List<TopicPartition> partitions = bootstrap.existing(topic, null).partitions().stream()
                .map(PartitionDescription::partition)
                .map(number -> new TopicPartition(topic, number))
                .toList();
        long start;
        long end;
        try (Consumer consumer = new Consumer(
                        ConsumerSettings.defaults(bootstrap.servers()).withOperationTimeout(bootstrap.timeout()));
                Progress progress = new Progress()) {
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            progress.begin("latency", count, " records", 1);
            CompletableFuture<Void> reading = CompletableFuture.runAsync(
                    () -> consume(consumer, progress), task -> new Thread(task, "bench-consumer").start());
            start = System.nanoTime();
            produce();
            join(reading);
            end = System.nanoTime();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new CommandFailedException("a record was not acknowledged: " + failed.getMessage(), failed);
        }
        BenchReport.of(
                        topic,
                        count,
                        count * size,
                        end - start,
                        List.of(acknowledged.percentiles("acknowledged"), consumed.percentiles("consumed")))
                .print(output, spec.commandLine().getOut());
    }

    private void produce() {
        byte[] value = Payload.random(size);
        try (Producer producer = new Producer(ProducerSettings.defaults(bootstrap.servers()))) {
            Pace pace = new Pace(rate);
            for (long sent = 0; sent < count && failure.get() == null; sent++) {
                long due = pace.await();
                var unused = producer.send(ProducerRecord.of(topic, null, Payload.stamped(value, run, due)))
                        .whenComplete((metadata, e) -> {
                            acknowledged.add(System.nanoTime() - due);
                            if (e != null) {
                                failure.compareAndSet(null, e);
                            }
                        });
            }
            producer.flush();
        }
    }

    private void consume(Consumer consumer, Progress progress) {
        long seen = 0;
        long lastNanos = System.nanoTime();
        while (seen < count && failure.get() == null) {
            for (ConsumedRecord record : consumer.poll(POLL_LIMIT)) {
                byte[] value = record.value();
                if (value != null && Payload.isOf(run, value)) {
                    lastNanos = System.nanoTime();
                    consumed.add(lastNanos - Payload.dueNanos(value));
                    seen++;
                    progress.advance(1);
                }
            }
            if (System.nanoTime() - lastNanos > STALL_LIMIT.toNanos()) {
                throw new CommandFailedException("no record came for " + STALL_LIMIT.toSeconds() + " s, " + seen
                        + " of " + count + " came before; see what is wrong with: oarlog cluster status");
            }
        }
    }

    private static void join(CompletableFuture<Void> reading) {
        try {
            reading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
