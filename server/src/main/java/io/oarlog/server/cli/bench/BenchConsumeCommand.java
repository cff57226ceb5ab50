package io.oarlog.server.cli.bench;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.client.TopicPartition;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how fast records are read. */
@Command(
        name = "consume",
        mixinStandardHelpOptions = true,
        description = {
            "Read the records of a topic from the beginning to its present end, and measure how fast they come.",
            "The percentiles are of how long the client waited for more."
        },
        footer = {"", "Example: oarlog bench consume orders", "         oarlog bench consume orders -n 1000000 -o json"
        })
final class BenchConsumeCommand implements Runnable {
    private static final Duration POLL_LIMIT = Duration.ofMillis(500);
    /** Without any record: nobody leads what is left. */
    private static final Duration STALL_LIMIT = Duration.ofSeconds(30);

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Parameters(paramLabel = "TOPIC")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "RECORDS",
            defaultValue = "9223372036854775807",
            description = "Stop after so many (default: all).")
    private long count;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        if (count < 1) {
            throw new ParameterException(spec.commandLine(), "-n " + count + ": give a number, 1 or more");
        }
        List<TopicPartition> partitions = bootstrap.existing(topic, null).partitions().stream()
                .map(PartitionDescription::partition)
                .map(number -> new TopicPartition(topic, number))
                .toList();
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(bootstrap.servers()));
                Progress progress = new Progress()) {
            consumer.assign(partitions);
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long present = ends.entrySet().stream()
                    .mapToLong(end -> end.getValue() - beginnings.getOrDefault(end.getKey(), 0L))
                    .sum();
            if (present == 0) {
                throw new CommandFailedException(
                        "topic '" + topic + "' is empty; fill it with: oarlog bench produce " + topic);
            }
            beginnings.forEach(consumer::seek);
            progress.begin("consume", Math.min(count, present), " records", 1);
            measure(consumer, ends, progress).print(output, spec.commandLine().getOut());
        }
    }

    private BenchReport measure(Consumer consumer, Map<TopicPartition, Long> ends, Progress progress) {
        Latencies waits = new Latencies();
        long records = 0;
        long bytes = 0;
        long start = System.nanoTime();
        long lastNanos = start;
        while (records < count && !isAtEnd(consumer, ends)) {
            long polledNanos = System.nanoTime();
            List<ConsumedRecord> polled = consumer.poll(POLL_LIMIT);
            long now = System.nanoTime();
            if (!polled.isEmpty()) {
                waits.add(now - polledNanos);
                lastNanos = now;
            } else if (now - lastNanos > STALL_LIMIT.toNanos()) {
                throw new CommandFailedException("no record came for " + STALL_LIMIT.toSeconds()
                        + " s; see whether every partition has a leader with: oarlog cluster status");
            }
            for (ConsumedRecord record : polled) {
                bytes += length(record.key()) + length(record.value());
            }
            records += polled.size();
            progress.advance(polled.size());
        }
        return BenchReport.of(topic, records, bytes, lastNanos - start, List.of(waits.percentiles("wait for records")));
    }

    private static boolean isAtEnd(Consumer consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
