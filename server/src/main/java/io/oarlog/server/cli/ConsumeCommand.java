package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.TopicPartition;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        long printed = 0;
        try (Consumer consumer = new Consumer(ConsumerSettings.defaults(bootstrap.servers))) {
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
        if (partition != null) {
            return List.of(new TopicPartition(topic, partition));
        }
        List<TopicPartition> partitions = new ArrayList<>();
        try (Admin admin = new Admin(AdminSettings.defaults(bootstrap.servers))) {
            admin.describeTopic(topic)
                    .partitions()
                    .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
        }
        return partitions;
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
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "-o " + text + ": give earliest, latest or a number", e);
        }
    }

    private static boolean isAtEnd(Consumer consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
    }

    private void print(ConsumedRecord record, PrintStream out) {
        if (keySeparator != null) {
            out.print(text(record.key()) + keySeparator);
        }
        out.println(text(record.value()));
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
}
