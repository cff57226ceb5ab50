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

/** Measures how long a partition cannot be written after its leader was killed. */
@Command(
        name = "fail-over",
        mixinStandardHelpOptions = true,
        description = {
            "Kill the leader of a partition (SIGKILL) under load, again and again, and measure the longest time without an",
            "acknowledged record of each time; the node is started again, and is in sync before the next. Kafka's producer",
            "writes with its default settings. At the end the topic is read: nothing may be lost, twice there or out of order.",
            "Targets: median of " + FailOverCommand.MOST_SECONDS_MEDIAN + " s at most, the longest "
                    + FailOverCommand.MOST_SECONDS + " s at most, no send failed."
        },
        footer = {"", "Example: benchmarks/run.sh fail-over --kills 50 --rate 1000"})
final class FailOverCommand implements Callable<Integer> {
    static final double MOST_SECONDS_MEDIAN = 1.5;
    static final double MOST_SECONDS = 3;
    static final long DATA_BYTES = 2L << 30;
    private static final String TOPIC = "fail-over";
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Option(names = "--kills", defaultValue = "50", description = "How often (default: ${DEFAULT-VALUE}).")
    private int kills;

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
        if (kills < 1 || rate < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--kills and --rate have to be 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = data.create(DATA_BYTES);
                OarlogBrokers brokers =
                        MeasuredBrokers.start(scratch.resolve("brokers"), MeasuredBrokers.HEAP, Map.of());
                TopicReplicas topic = TopicReplicas.create(brokers.bootstrap(), TOPIC, 1)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            topic.awaitAllInSync();
            PacedProducer producer = PacedProducer.start(brokers.bootstrap(), TOPIC, 1, rate);
            List<Double> gaps;
            try (producer) {
                producer.awaitAcknowledgedAfter(System.nanoTime() + SETTLE_NANOS, LIMIT);
                gaps = killAll(brokers, topic, producer);
            }
            producer.verify();
            double median =
                    Median.of(gaps.stream().mapToDouble(Double::doubleValue).toArray());
            double longest = Collections.max(gaps);
            out.printf(Locale.ROOT, "load average %.1f at the end%n%n", Machine.loadAverage());
            out.println("| kill -9 of the leader | median gap, s | longest, s | records acknowledged | sends failed |");
            out.println("|---|---|---|---|---|");
            out.printf(
                    Locale.ROOT,
                    "| %d times | %.2f | %.2f | %,d, each there once and in order | %d |%n",
                    kills,
                    median,
                    longest,
                    producer.acknowledged(),
                    producer.failures());
            boolean isMet = median <= MOST_SECONDS_MEDIAN && longest <= MOST_SECONDS && producer.failures() == 0;
            out.println(isMet ? "targets met" : "**a target is missed**");
            out.flush();
            return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Returns the seconds of each gap. */
    private List<Double> killAll(OarlogBrokers brokers, TopicReplicas topic, PacedProducer producer)
            throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        List<Double> gaps = new ArrayList<>();
        for (int kill = 1; kill <= kills; kill++) {
            int leader = topic.leaderOfTheFirst();
            producer.forgetGaps();
            brokers.kill(leader);
            producer.awaitAcknowledgedAfter(
                    System.nanoTime() + SETTLE_NANOS, LIMIT); // its first need not be the end of it
            double gap = producer.longestGapSeconds();
            gaps.add(gap);
            err.printf(Locale.ROOT, "kill %d of %d: node %d led, %.2f s%n", kill, kills, leader, gap);
            err.flush();
            brokers.start(leader);
            brokers.awaitServing(leader);
            topic.awaitAllInSync();
        }
        return gaps;
    }
}
