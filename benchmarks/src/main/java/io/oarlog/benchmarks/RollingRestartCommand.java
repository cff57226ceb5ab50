package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what clients notice of rolling restarts. */
@Command(
        name = "rolling-restart",
        mixinStandardHelpOptions = true,
        description = {
            "Restart the three nodes one after the other under load, as an operator does: SIGTERM, start, and on to the next when",
            "all replicas are in sync; again and again. Kafka's producer writes with its default settings. At the end the topic is",
            "read: nothing may be lost, twice there or out of order.",
            "Target: no send failed. The longest time in which a partition had nothing acknowledged is printed."
        },
        footer = {"", "Example: benchmarks/run.sh rolling-restart --rolls 100"})
final class RollingRestartCommand implements Callable<Integer> {
    private static final String TOPIC = "rolling-restart";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Option(names = "--rolls", defaultValue = "100", description = "Restarts of all three (default: ${DEFAULT-VALUE}).")
    private int rolls;

    @Option(
            names = "--minutes",
            paramLabel = "MINUTES",
            defaultValue = "0",
            description = "Begin no other roll after so long, and read back what there is; 0: no bound (default:"
                    + " ${DEFAULT-VALUE}).")
    private int minutes;

    @Option(names = "--partitions", defaultValue = "6", description = "Of the topic (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--rate",
            defaultValue = "1000",
            description = "Records of 100 bytes that are sent in a second (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rolls < 1 || partitions < 1 || rate < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--rolls, --partitions and --rate have to be 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = data.create(FailOverCommand.DATA_BYTES);
                OarlogBrokers brokers =
                        MeasuredBrokers.start(scratch.resolve("brokers"), MeasuredBrokers.HEAP, Map.of());
                TopicReplicas topic = TopicReplicas.create(brokers.bootstrap(), TOPIC, partitions)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            topic.awaitAllInSync();
            PacedProducer producer = PacedProducer.start(brokers.bootstrap(), TOPIC, partitions, rate);
            List<Double> gaps = new ArrayList<>();
            try (producer) {
                producer.awaitAcknowledgedAfter(System.nanoTime(), LIMIT);
                long beganNanos = System.nanoTime();
                for (int roll = 1; roll <= rolls && !isOver(beganNanos); roll++) {
                    roll(roll, brokers, topic, producer, gaps);
                }
            }
            producer.verify();
            out.printf(Locale.ROOT, "load average %.1f at the end%n%n", Machine.loadAverage());
            out.println("| rolling restarts | longest gap of a node's restart: median, s | longest of all, s"
                    + " | records acknowledged | sends failed |");
            out.println("|---|---|---|---|---|");
            out.printf(
                    Locale.ROOT,
                    "| %d | %.2f | %.2f | %,d, each there once and in order | %d |%n",
                    gaps.size() / OarlogBrokers.NODES,
                    Median.of(gaps.stream().mapToDouble(Double::doubleValue).toArray()),
                    Collections.max(gaps),
                    producer.acknowledged(),
                    producer.failures());
            boolean isMet = producer.failures() == 0;
            out.println(isMet ? "target met" : "**the target is missed**");
            out.flush();
            return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private boolean isOver(long beganNanos) {
        return minutes > 0 && System.nanoTime() - beganNanos > TimeUnit.MINUTES.toNanos(minutes);
    }

    private void roll(int roll, OarlogBrokers brokers, TopicReplicas topic, PacedProducer producer, List<Double> gaps)
            throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        for (int node = 1; node <= OarlogBrokers.NODES; node++) {
            producer.forgetGaps();
            brokers.stop(node);
            brokers.start(node);
            brokers.awaitServing(node);
            topic.awaitAllInSync();
            producer.awaitAcknowledgedAfter(System.nanoTime(), LIMIT);
            double gap = producer.longestGapSeconds();
            gaps.add(gap);
            err.printf(
                    Locale.ROOT,
                    "roll %d of %d: node %d is back, %.2f s the longest gap, %d sends failed so far%n",
                    roll,
                    rolls,
                    node,
                    gap,
                    producer.failures());
            err.flush();
        }
    }
}
