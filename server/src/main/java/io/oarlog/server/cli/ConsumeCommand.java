package io.oarlog.server.cli;

import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.PartitionDescription;
import io.oarlog.client.TopicDescription;
import io.oarlog.client.TopicPartition;
import io.oarlog.server.cli.connection.BootstrapOption;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
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
        description = "Print the records of a topic, one a line, up to its present end.",
        footer = {"", "Example: oarlog consume orders -o earliest -n 10", "         oarlog consume orders --follow"})
final class ConsumeCommand implements Callable<Integer> {
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
            defaultValue = "earliest",
            description = "Where to start: earliest, latest or an offset (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private String offset;

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
            names = {"-f", "--follow"},
            description = "Go on at the end and wait for more.")
    private boolean follow;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        BiConsumer<Consumer, List<TopicPartition>> start = start();
        List<TopicPartition> partitions = partitions();
        PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
        long printed = 0;
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(bootstrap.servers()))) {
            consumer.assign(partitions);
            start.accept(consumer, partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (printed < count && (follow || !isAtEnd(consumer, ends))) {
                for (ConsumedRecord record : consumer.poll(Duration.ofMillis(500))) {
                    if (printed == count) {
                        break;
                    }
                    print(record, out);
                    printed++;
                }
                out.flush();
                if (out.checkError()) {
                    return 0; // whoever reads has gone
                }
            }
        }
        return 0;
    }

    private List<TopicPartition> partitions() {
        TopicDescription existing = bootstrap.existing(topic, partition);
        return existing.partitions().stream()
                .map(PartitionDescription::partition)
                .filter(number -> partition == null || partition.equals(number))
                .map(number -> new TopicPartition(topic, number))
                .toList();
    }

    /** Where to start, for the consumer of all partitions. */
    private BiConsumer<Consumer, List<TopicPartition>> start() {
        return switch (offset) {
            case "earliest" -> Consumer::seekToBeginning;
            case "latest" -> Consumer::seekToEnd;
            default -> {
                long start = number(offset);
                yield (consumer, partitions) -> partitions.forEach(p -> consumer.seek(p, start));
            }
        };
    }

    private long number(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw badOffset(text, e);
        }
        throw badOffset(text, null);
    }

    private ParameterException badOffset(String text, @Nullable Throwable cause) {
        return new ParameterException(
                spec.commandLine(), "-o " + text + ": give earliest, latest or a number, 0 or more", cause);
    }

    private static boolean isAtEnd(Consumer consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
    }

    private void print(ConsumedRecord record, PrintStream out) {
        if (keySeparator != null) {
            write(record.key(), out);
            out.print(keySeparator);
        }
        write(record.value(), out);
        out.println();
    }

    /** As they are: records need not be text, nor text in our encoding. */
    private static void write(byte @Nullable [] bytes, PrintStream out) {
        if (bytes != null) {
            out.write(bytes, 0, bytes.length);
        }
    }
}
