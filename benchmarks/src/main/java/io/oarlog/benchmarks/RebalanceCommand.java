package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how long it takes until a group's partitions are with their new owners. */
@Command(
        name = "rebalance",
        mixinStandardHelpOptions = true,
        description = {
            "Measure how long a group of Kafka's consumers takes until each partition has one owner again and the members",
            "have equally many: when one begins alone, when all of them begin at once, when one leaves and when it comes",
            "back. The consumers have Kafka's default settings, the three nodes those of 'oarlog dev'; all run on this machine. A",
            "member of the classic protocol hears of a rebalance with its heartbeat only, which its own settings have",
            "every 3 seconds: see --consumer. With --bootstrap the nodes are others, also Apache Kafka's.",
            "Targets: medians under " + RebalanceCommand.MOST_SECONDS + " s, of one alone under "
                    + RebalanceCommand.MOST_SECONDS_ALONE + " s."
        },
        footer = {
            "",
            "Examples: benchmarks/run.sh rebalance --members 12 --partitions 60 --rounds 5",
            "          benchmarks/run.sh rebalance --protocol classic --consumer heartbeat.interval.ms=1000"
        })
final class RebalanceCommand implements Callable<Integer> {
    static final int MOST_SECONDS = 3;
    static final int MOST_SECONDS_ALONE = 1;
    private static final long DATA_BYTES = 1L << 30;
    private static final Map<String, String> SETTINGS = Map.of("group.initial.rebalance.delay.ms", "0");
    private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long POLL_MILLIS = 5;

    @Option(names = "--members", defaultValue = "12", description = "Of a group (default: ${DEFAULT-VALUE}).")
    private int members;

    @Option(names = "--partitions", defaultValue = "60", description = "Of its topic (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "Of each protocol; one more comes first and does not count (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--protocol",
            defaultValue = "classic,consumer",
            split = ",",
            description = "Of the group (default: ${DEFAULT-VALUE}).")
    private List<String> protocols = List.of();

    @Option(
            names = "--consumer",
            paramLabel = "KEY=VALUE",
            description = "A setting of the consumers; can be repeated.")
    private Map<String, String> consumerSettings = new HashMap<>();

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description =
                    "Nodes that run already, three at least, instead of ones that are started for it; topic and groups are deleted at the end.")
    private @Nullable String bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Seconds of one group's rebalances. */
    private record Settled(double alone, double atOnce, double leave, double join) {}

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        if (members < 2 || partitions < members) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "there have to be two members at least, and a partition for each");
        }
        if (bootstrap != null) {
            return measureAndPrint(bootstrap, "nodes at " + bootstrap);
        }
        try (ScratchDirectory scratch = data.create(DATA_BYTES);
                OarlogBrokers brokers =
                        MeasuredBrokers.start(scratch.resolve("brokers"), MeasuredBrokers.HEAP, SETTINGS)) {
            return measureAndPrint(brokers.bootstrap(), Machine.describe(scratch.path()));
        }
    }

    private int measureAndPrint(String bootstrap, String where)
            throws IOException, InterruptedException, ExecutionException {
        PrintWriter out = spec.commandLine().getOut();
        out.println(where);
        out.flush();
        List<String> lines = new ArrayList<>();
        boolean isMet = measureAll(bootstrap, lines);
        out.printf(Locale.ROOT, "load average %.1f at the end%n%n", Machine.loadAverage());
        out.println("| " + partitions + " partitions | protocol | seconds, median of " + rounds
                + " | longest | target | met |");
        out.println("|---|---|---|---|---|---|");
        lines.forEach(out::println);
        out.flush();
        return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    /** Returns whether all targets are met; of topic and groups nothing is left, whatever happens. */
    private boolean measureAll(String bootstrap, List<String> lines)
            throws IOException, InterruptedException, ExecutionException {
        String topic = "rebalanced-" + UUID.randomUUID();
        boolean isMet = true;
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) OarlogBrokers.NODES)))
                    .all()
                    .get();
            try {
                for (String protocol : protocols) {
                    List<Settled> settled = measure(new Members(bootstrap, topic, protocol, consumerSettings));
                    Table table = new Table(lines, protocol, settled);
                    isMet &= table.add("one begins alone", MOST_SECONDS_ALONE, Settled::alone);
                    isMet &= table.add("all " + members + " begin", MOST_SECONDS, Settled::atOnce);
                    isMet &= table.add("one of " + members + " leaves", MOST_SECONDS, Settled::leave);
                    isMet &= table.add("one joins " + (members - 1), MOST_SECONDS, Settled::join);
                }
            } finally {
                List<String> groups = admin.listGroups().all().get().stream()
                        .map(GroupListing::groupId)
                        .filter(group -> group.startsWith(topic))
                        .toList();
                admin.deleteConsumerGroups(groups).all().get();
                admin.deleteTopics(List.of(topic)).all().get();
            }
        }
        return isMet;
    }

    /** What the members of all groups of one protocol have in common. */
    private record Members(String bootstrap, String topic, String protocol, Map<String, String> settings) {
        GroupMember start(String group) {
            return GroupMember.start(bootstrap, group, protocol, topic, settings);
        }

        String group(int round) {
            return topic + "-" + protocol + "-" + round;
        }
    }

    private List<Settled> measure(Members kind) throws IOException, InterruptedException {
        List<Settled> settled = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            Settled each = measureGroup(kind, kind.group(round));
            PrintWriter err = spec.commandLine().getErr();
            err.printf(
                    Locale.ROOT,
                    "%s, round %d of %d: one begins %.2f s, all begin %.2f s, one leaves %.2f s, one joins %.2f s%n",
                    kind.protocol(),
                    round,
                    rounds,
                    each.alone(),
                    each.atOnce(),
                    each.leave(),
                    each.join());
            err.flush();
            if (round > 0) {
                settled.add(each);
            }
        }
        return settled;
    }

    private Settled measureGroup(Members kind, String group) throws IOException, InterruptedException {
        double alone = measureAlone(kind, group + "-alone");
        List<GroupMember> running = new ArrayList<>();
        try {
            long begun = System.nanoTime();
            for (int i = 0; i < members; i++) {
                running.add(kind.start(group));
            }
            double atOnce = awaitSettled(running, begun);
            GroupMember leaving = running.get(members - 1);
            begun = System.nanoTime();
            leaving.leave();
            double leave = awaitSettled(running.subList(0, members - 1), begun);
            leaving.close();
            begun = System.nanoTime();
            running.set(members - 1, kind.start(group));
            return new Settled(alone, atOnce, leave, awaitSettled(running, begun));
        } finally {
            running.forEach(GroupMember::leave);
            running.forEach(GroupMember::close);
        }
    }

    private double measureAlone(Members kind, String group) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (GroupMember member = kind.start(group)) {
            return awaitSettled(List.of(member), begun);
        }
    }

    /** Returns the seconds since a point in time. */
    private double awaitSettled(List<GroupMember> members, long begunNanos) throws IOException, InterruptedException {
        while (!isSettled(members)) {
            if (System.nanoTime() - begunNanos > LIMIT_NANOS) {
                throw new IOException("the group has not settled for "
                        + TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS)
                        + " s: the brokers are overloaded or broken");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return (System.nanoTime() - begunNanos) / 1e9;
    }

    /** Each partition has one owner, and no member has two more than another. */
    private boolean isSettled(List<GroupMember> members) {
        List<Set<TopicPartition>> owned =
                members.stream().map(GroupMember::owned).toList();
        int sum = owned.stream().mapToInt(Set::size).sum();
        long different = owned.stream().flatMap(Set::stream).distinct().count();
        int least = owned.stream().mapToInt(Set::size).min().orElse(0);
        int most = owned.stream().mapToInt(Set::size).max().orElse(0);
        return sum == partitions && different == partitions && most - least <= 1;
    }

    /** The lines of one protocol. */
    private record Table(List<String> lines, String protocol, List<Settled> settled) {
        /** Returns whether the target is met. */
        boolean add(String what, int mostSeconds, ToDoubleFunction<Settled> figure) {
            double[] seconds = settled.stream().mapToDouble(figure).toArray();
            double median = Median.of(seconds);
            boolean isMet = median < mostSeconds;
            lines.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.2f | %.2f | under %d s | %s |",
                    what,
                    protocol,
                    median,
                    Arrays.stream(seconds).max().orElseThrow(),
                    mostSeconds,
                    isMet ? "yes" : "**no**"));
            return isMet;
        }
    }
}
