package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what clients notice of all that an operator does with nodes. */
@Command(
        name = "node-life",
        mixinStandardHelpOptions = true,
        description = {
            "Begin with three nodes that have records and are written to, and do what operators do: add two nodes, move a replica, drain",
            "the first node and remove it, replace a node whose disk is lost, have one come back under another address. Kafka's producer",
            "writes and a group of two members reads all the time, with default settings. Nothing may be lost, twice there or out of order.",
            "Targets: no record waits longer than " + NodeLifeCommand.MOST_SECONDS
                    + " s; while replicas move 99 of 100 wait less than " + NodeLifeCommand.MOST_TIMES_BEFORE
                    + " times as long as before."
        },
        footer = {"", "Example: benchmarks/run.sh node-life --rate 200 --bulk-mib 256"})
final class NodeLifeCommand implements Callable<Integer> {
    static final int MOST_SECONDS = 5;
    static final int MOST_TIMES_BEFORE = 3;
    private static final long DATA_BYTES = 4L << 30;
    private static final String TOPIC = "node-life";
    private static final String BULK = "bulk";
    private static final int BULK_RECORD_BYTES = 10_000;
    private static final int READERS = 2;
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String WAIT = Long.toString(LIMIT.toSeconds());

    @Option(names = "--partitions", defaultValue = "6", description = "Of each topic (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--rate",
            defaultValue = "200",
            description = "Records of 100 bytes that are sent in a second (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--bulk-mib",
            defaultValue = "256",
            description =
                    "MiB of another topic, which have to be copied when its replicas move (default: ${DEFAULT-VALUE}).")
    private int bulkMib;

    @Option(
            names = "--copy-rate",
            defaultValue = "10000000",
            description = "Bytes that a node copies in a second at most (default: ${DEFAULT-VALUE}).")
    private long copyRate;

    @Option(
            names = "--settle",
            defaultValue = "30",
            description =
                    "Seconds before anything is measured, and that are then measured (default: ${DEFAULT-VALUE}).")
    private int settleSeconds;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** What an operator does, while clients go on. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    /**
     * One of the table's lines.
     *
     * @param isMove whether replicas move on nodes that run
     * @param waits nanoseconds
     */
    private record Line(String name, boolean isMove, double seconds, Histogram waits) {
        double p99Millis() {
            return waits.getValueAtPercentile(99) / 1e6;
        }

        double longestSeconds() {
            return waits.getMaxValue() / 1e9;
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %.1f | %,d | %.1f | %.1f | %.2f |",
                    name,
                    seconds,
                    waits.getTotalCount(),
                    waits.getValueAtPercentile(50) / 1e6,
                    p99Millis(),
                    longestSeconds());
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (partitions < 1 || rate < 1 || bulkMib < 0 || copyRate < 1 || settleSeconds < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--partitions, --rate, --copy-rate and --settle have to be 1 or more");
        }
        Map<String, String> settings = Map.of(
                "default.replication.factor",
                Integer.toString(OarlogBrokers.NODES),
                "follower.replication.throttled.rate",
                Long.toString(copyRate));
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = data.create(DATA_BYTES);
                OarlogBrokers brokers =
                        MeasuredBrokers.start(scratch.resolve("brokers"), MeasuredBrokers.HEAP, settings);
                TopicReplicas bulk = TopicReplicas.create(brokers.bootstrap(), BULK, partitions);
                TopicReplicas topic = TopicReplicas.create(brokers.bootstrap(), TOPIC, partitions)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            fill(brokers.bootstrap());
            topic.awaitAllInSync();
            bulk.awaitAllInSync();
            PacedProducer producer = PacedProducer.start(brokers.bootstrap(), TOPIC, partitions, rate);
            List<Line> lines = new ArrayList<>();
            try (GroupReaders readers = GroupReaders.start(brokers.bootstrap(), "readers", TOPIC, READERS)) {
                try (producer) {
                    live(brokers, topic, bulk, producer, lines);
                }
                readers.awaitRead(producer.verify(), LIMIT);
                return print(lines, producer, readers);
            }
        }
    }

    private void fill(String bootstrap) throws IOException {
        AtomicReference<Exception> failure = new AtomicReference<>();
        byte[] value = new byte[BULK_RECORD_BYTES];
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            long records = ((long) bulkMib << 20) / BULK_RECORD_BYTES;
            for (long i = 0; i < records; i++) {
                var unused = producer.send(
                        new ProducerRecord<>(BULK, (int) (i % partitions), null, value),
                        (metadata, failed) -> failure.compareAndSet(null, failed));
            }
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw new IOException("the records to be moved could not be written: " + failed.getMessage(), failed);
        }
    }

    private void live(
            OarlogBrokers brokers, TopicReplicas topic, TopicReplicas bulk, PacedProducer producer, List<Line> lines)
            throws IOException, InterruptedException {
        OperatorCommand operator = new OperatorCommand(brokers.bootstrap());
        Step inSync = () -> {
            topic.awaitAllInSync();
            bulk.awaitAllInSync();
            producer.awaitAcknowledgedAfter(System.nanoTime(), LIMIT);
        };
        Measure measure = new Measure(producer, lines);
        measure.step("two nodes start", false, () -> {
            for (int node : List.of(4, 5)) {
                brokers.start(node);
                brokers.awaitServing(node);
            }
            TimeUnit.SECONDS.sleep(settleSeconds);
        });
        measure.step("before", false, () -> TimeUnit.SECONDS.sleep(settleSeconds));
        for (int node : List.of(4, 5)) {
            String id = Integer.toString(node);
            measure.step("node " + id + " is given its share", true, () -> {
                operator.run("node", "add", id, "--wait", WAIT);
                inSync.run();
            });
        }
        measure.step("a replica is moved", true, () -> {
            topic.moveOneOfTheFirst();
            inSync.run();
        });
        measure.step("node 1 is drained", true, () -> operator.run("node", "drain", "1", "--wait", WAIT));
        measure.step("node 1 is removed", false, () -> {
            operator.run("node", "remove", "1");
            brokers.awaitEnd(1);
            inSync.run();
        });
        measure.step("node 2 loses its disk", false, () -> {
            brokers.kill(2);
            brokers.emptyDisk(2);
            topic.awaitGone(2);
            operator.run("node", "replace", "2");
            brokers.start(2);
            brokers.awaitServing(2);
            inSync.run();
        });
        measure.step("node 3 comes back elsewhere", false, () -> {
            brokers.stop(3);
            brokers.readdress(3);
            brokers.start(3);
            brokers.awaitServing(3);
            inSync.run();
        });
    }

    /** Adds a line for each step. */
    private final class Measure {
        private final PacedProducer producer;
        private final List<Line> lines;

        Measure(PacedProducer producer, List<Line> lines) {
            this.producer = producer;
            this.lines = lines;
        }

        void step(String name, boolean isMove, Step step) throws IOException, InterruptedException {
            long began = System.nanoTime();
            step.run();
            Line line = new Line(name, isMove, (System.nanoTime() - began) / 1e9, producer.takeWaits());
            lines.add(line);
            PrintWriter err = spec.commandLine().getErr();
            err.println(line.text());
            err.flush();
        }
    }

    private int print(List<Line> lines, PacedProducer producer, GroupReaders readers) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "load average %.1f at the end%n%n", Machine.loadAverage());
        out.println("| what an operator does | s | records answered | wait, median, ms | 99 of 100, ms | longest, s |");
        out.println("|---|---|---|---|---|---|");
        lines.forEach(line -> out.println(line.text()));
        double before = lines.stream()
                .filter(line -> line.name().equals("before"))
                .mapToDouble(Line::p99Millis)
                .max()
                .orElseThrow();
        double moves = lines.stream()
                .filter(Line::isMove)
                .mapToDouble(Line::p99Millis)
                .max()
                .orElseThrow();
        double longest = lines.stream().mapToDouble(Line::longestSeconds).max().orElseThrow();
        out.printf(
                Locale.ROOT,
                "%n%,d records acknowledged, each there once and in order, %d sends failed; read by a group whose members were given"
                        + " partitions %d times, none left out, %d read again after that; longest wait %.2f s; 99 of 100 while"
                        + " replicas move: %.1f times as long as before%n",
                producer.acknowledged(),
                producer.failures(),
                readers.assignments(),
                readers.readAgain(),
                longest,
                moves / before);
        boolean isMet = producer.failures() == 0 && longest <= MOST_SECONDS && moves < MOST_TIMES_BEFORE * before;
        out.println(isMet ? "targets met" : "**a target is missed**");
        out.flush();
        return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
}
