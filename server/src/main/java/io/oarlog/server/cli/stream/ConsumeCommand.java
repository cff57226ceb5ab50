package io.oarlog.server.cli.stream;

import io.oarlog.client.PartitionDescription;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.stream.Reading.Limits;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints records. */
@Command(
        name = "consume",
        mixinStandardHelpOptions = true,
        description = {
            "Print the records of a topic, one value a line, up to its present end.",
            "As a member of a group (-g) it begins where the group has committed, and commits what it has printed.",
            "A format has %%k key, %%v value, %%o offset, %%p partition, %%t topic, %%T timestamp (ms), %%h headers,"
                    + " %%K and %%S bytes of key and value, \\n \\t \\r \\0 \\xHH."
        },
        footer = {
            "",
            "Example: oarlog consume orders -o -10 -f '%%p %%o %%T %%k=%%v\\n'",
            "         oarlog consume orders -o @2026-11-28T12:00:00Z -n 5 --json",
            "         oarlog consume orders -g billing --follow"
        })
public final class ConsumeCommand implements Runnable {
    private static final long LEAVE_LIMIT_SECONDS = 5;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "TOPIC")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = {"-p", "--partition"},
            description = "Only this partition (default: all).")
    private @Nullable Integer partition;

    @Option(
            names = {"-o", "--offset"},
            defaultValue = "beginning",
            converter = StartOffset.Converter.class,
            description =
                    "Where to start: beginning, end, an offset, -N for the last N of each partition, @TIME for the"
                            + " first since then (default: ${DEFAULT-VALUE}). In a group: where it has committed nothing,"
                            + " beginning or end.")
    @SuppressWarnings("NullAway.Init") // has a default
    private StartOffset offset;

    @Option(
            names = {"-g", "--group"},
            description = "Read as a member of this group.")
    private @Nullable String group;

    @Option(
            names = {"-n", "--count"},
            defaultValue = "9223372036854775807",
            description = "Stop after so many records.")
    private long count;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "Print the key before the value, so separated.")
    private @Nullable String keySeparator;

    @Option(
            names = {"-f", "--format"},
            description = "Print records so.")
    private @Nullable String format;

    @Option(names = "--json", description = "Print each record as one line of JSON.")
    private boolean isJson;

    @Option(names = "--follow", description = "Go on at the end and wait for more.")
    private boolean follow;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        RecordPrinter printer = printer();
        checkOptions();
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
        List<TopicPartition> partitions = partitions();
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            Reading reading = new Reading(consumer, printer, out, new Limits(count, follow, group != null));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            if (group == null) {
                consumer.assign(partitions);
                seek(consumer, partitions, ends);
                reading.run(ends);
            } else {
                consumer.subscribe(List.of(topic));
                runUntilStopped(consumer, () -> reading.run(ends));
            }
        }
    }

    private void checkOptions() {
        if (count < 0) {
            throw new ParameterException(spec.commandLine(), "-n " + count + ": give a number, 0 or more");
        }
        if (group != null && partition != null) {
            throw new ParameterException(spec.commandLine(), "-g and -p: a group gives its members the partitions");
        }
        if (group != null && !(offset instanceof StartOffset.Beginning || offset instanceof StartOffset.End)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "-g and -o: give beginning or end, or set the group's offsets with oarlog group reset-offsets");
        }
    }

    private RecordPrinter printer() {
        long ways = Stream.of(keySeparator != null, format != null, isJson)
                .filter(isGiven -> isGiven)
                .count();
        if (ways > 1) {
            throw new ParameterException(spec.commandLine(), "-k, -f and --json: give one of them");
        }
        if (isJson) {
            return new JsonLines();
        } else if (format == null) {
            return RecordFormat.lines(keySeparator);
        }
        try {
            return RecordFormat.parse(format);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "-f '" + format + "': " + e.getMessage(), e);
        }
    }

    private List<TopicPartition> partitions() {
        return bootstrap.existing(topic, partition).partitions().stream()
                .map(PartitionDescription::partition)
                .filter(number -> partition == null || partition.equals(number))
                .map(number -> new TopicPartition(topic, number))
                .toList();
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap.servers());
        settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int)
                bootstrap.timeout().toMillis());
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        if (group == null) {
            settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        } else {
            settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
            settings.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
            settings.put(
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, offset instanceof StartOffset.End ? "latest" : "earliest");
        }
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void seek(
            Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> starts = new HashMap<>();
        if (offset instanceof StartOffset.Beginning) {
            starts.putAll(consumer.beginningOffsets(partitions));
        } else if (offset instanceof StartOffset.End) {
            starts.putAll(ends);
        } else if (offset instanceof StartOffset.At at) {
            partitions.forEach(each -> starts.put(each, at.offset()));
        } else if (offset instanceof StartOffset.Last last) {
            consumer.beginningOffsets(partitions)
                    .forEach((each, first) ->
                            starts.put(each, Math.max(first, ends.getOrDefault(each, 0L) - last.records())));
        } else if (offset instanceof StartOffset.Since since) {
            Map<TopicPartition, Long> asked = new HashMap<>();
            partitions.forEach(each -> asked.put(each, since.instant().toEpochMilli()));
            Map<TopicPartition, @Nullable OffsetAndTimestamp> found = consumer.offsetsForTimes(asked);
            partitions.forEach(each -> {
                OffsetAndTimestamp first = found.get(each);
                starts.put(each, first == null ? ends.getOrDefault(each, 0L) : first.offset());
            });
        } else {
            throw new AssertionError(offset);
        }
        starts.forEach(consumer::seek);
    }

    /** Ctrl-C lets the member leave its group in order: the others are given its partitions at once. */
    private static void runUntilStopped(Consumer<byte[], byte[]> consumer, Runnable reading) {
        CountDownLatch left = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    consumer.wakeup();
                    try {
                        var unused = left.await(LEAVE_LIMIT_SECONDS, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "leave-group");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            reading.run();
        } finally {
            consumer.close();
            left.countDown();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs already.
        }
    }
}
