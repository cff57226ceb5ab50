package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.connection.KafkaAnswers;
import io.oarlog.server.cli.connection.KafkaConversation;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.OutputOption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ElectLeadersOptions;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Has one replica lead a partition alone that has lost its majority for good. */
@Command(
        name = "force-recover",
        mixinStandardHelpOptions = true,
        description = {
            "Have what is left of a partition go on alone, when the disks of so many of its replicas were given up (oarlog node"
                    + " replace, oarlog node remove) that no majority is left. What it does not have is lost, acknowledged or not.",
            "Shows what is left and what would be lost, and asks for the partition's name. Then the replica with the most leads;"
                    + " the others are copied from it to their nodes as these come.",
            "Refused while a majority may come back, or a node with a replica does not answer."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:what is left leads; with --dry-run: it may",
            "1:refused, for it has a leader or may have one again; not confirmed; or no broker answered",
            "2:wrong usage"
        },
        footer = {
            "",
            "Example: oarlog partition force-recover orders -p 0 --dry-run",
            "         oarlog partition force-recover orders -p 0"
        })
final class ForceRecoverCommand implements Runnable {
    private static final String METADATA = org.apache.kafka.common.internals.Topic.CLUSTER_METADATA_TOPIC_NAME;
    /** All nodes are asked, and the one that is left opens its replica. */
    private static final Duration ELECTION_LIMIT = Duration.ofSeconds(60);

    private static final long LOOK_MILLIS = 200;

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
            names = {"-p", "--partition"},
            required = true,
            description = "The partition.")
    private int partition;

    @Option(names = "--dry-run", description = "Show what is left and what would be lost, and change nothing.")
    private boolean isDryRun;

    @Option(
            names = "--confirm",
            paramLabel = "TOPIC-PARTITION",
            description = "The name that would be asked for, for scripts.")
    private @Nullable String confirmation;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        try (Admin admin = bootstrap.kafkaAdmin()) {
            PartitionRemains remains = look(admin);
            show(remains);
            if (remains.leader() != null) {
                throw new CommandFailedException(
                        "node " + remains.leader() + " leads " + remains.name() + ": there is nothing to recover");
            } else if (remains.refusal() != null) {
                throw new CommandFailedException(remains.name() + " is not recovered: " + remains.refusal());
            }
            if (!output.isJson()) {
                remains.printLoss(spec.commandLine().getOut());
            }
            if (!isDryRun) {
                confirm(remains.name());
                elect();
                print(awaitLeader(admin));
            }
        }
    }

    /** In JSON there is one document: what is left, or what became of it. */
    private void show(PartitionRemains remains) {
        PrintWriter out = spec.commandLine().getOut();
        boolean isLast = isDryRun || remains.leader() != null || remains.refusal() != null;
        if (!output.isJson()) {
            remains.print(out);
        } else if (isLast) {
            out.println(OutputOption.json(remains));
        }
    }

    private PartitionRemains look(Admin admin) {
        CommandFailedException failure = new CommandFailedException("no broker answers");
        for (Node broker : KafkaAnswers.await(admin.describeCluster().nodes())) {
            try (KafkaConversation conversation =
                    new KafkaConversation(new InetSocketAddress(broker.host(), broker.port()), bootstrap.timeout())) {
                short version = conversation.version(ApiKeys.DESCRIBE_QUORUM);
                DescribeQuorumResponseData answer = new DescribeQuorumResponseData(
                        conversation.ask(ApiKeys.DESCRIBE_QUORUM, version, question()), version);
                return PartitionRemains.of(topic, described(answer, METADATA), described(answer, topic));
            } catch (IOException e) {
                failure = new CommandFailedException("broker " + broker.idString() + " does not say what is left of "
                        + topic + "-" + partition + ": " + e.getMessage());
            }
        }
        throw failure;
    }

    private DescribeQuorumRequestData question() {
        return new DescribeQuorumRequestData()
                .setTopics(Stream.of(new TopicPartition(METADATA, 0), new TopicPartition(topic, partition))
                        .map(asked -> new DescribeQuorumRequestData.TopicData()
                                .setTopicName(asked.topic())
                                .setPartitions(List.of(new DescribeQuorumRequestData.PartitionData()
                                        .setPartitionIndex(asked.partition()))))
                        .toList());
    }

    private static PartitionData described(DescribeQuorumResponseData answer, String name) throws IOException {
        return answer.topics().stream()
                .filter(found -> found.topicName().equals(name))
                .flatMap(found -> found.partitions().stream())
                .findFirst()
                .orElseThrow(() -> new IOException("an answer without " + name));
    }

    /** What cannot be undone is to be typed, not answered with y. */
    private void confirm(String name) {
        String typed = confirmation;
        if (typed == null) {
            PrintWriter err = spec.commandLine().getErr();
            err.print("Type " + name + " to go on: ");
            err.flush();
            typed = line();
        }
        if (!typed.equals(name)) {
            throw new CommandFailedException(
                    "not confirmed, nothing has changed: type " + name + " when asked, or give --confirm " + name);
        }
    }

    private static String line() {
        try {
            // Not closed: it is the process's.
            String line = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
            return Objects.requireNonNullElse(line, "").trim();
        } catch (IOException e) {
            throw new CommandFailedException("standard input cannot be read: " + e.getMessage());
        }
    }

    private void elect() {
        try (Admin admin = bootstrap.kafkaAdmin(ELECTION_LIMIT)) {
            KafkaAnswers.await(admin.electLeaders(
                            ElectionType.UNCLEAN,
                            Set.of(new TopicPartition(topic, partition)),
                            new ElectLeadersOptions().timeoutMs(Math.toIntExact(ELECTION_LIMIT.toMillis())))
                    .all());
        } catch (ElectionNotNeededException e) {
            spec.commandLine().getErr().println("it has a leader by now");
        } catch (TimeoutException e) {
            throw new CommandFailedException("it is not known whether " + topic + "-" + partition
                    + " is recovered, ask again, which does no harm: " + e.getMessage());
        }
    }

    /** As its replicas tell: what was published may be a leader that has died. */
    private int awaitLeader(Admin admin) {
        long deadline = System.nanoTime() + bootstrap.timeout().toNanos();
        while (true) {
            Integer leader = look(admin).leader();
            if (leader != null) {
                return leader;
            } else if (System.nanoTime() > deadline) {
                throw new CommandFailedException(
                        topic + "-" + partition + " has no leader yet; look again: oarlog topic describe " + topic);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandFailedException("interrupted before " + topic + "-" + partition + " had a leader");
            }
        }
    }

    private void print(int leader) {
        spec.commandLine()
                .getOut()
                .println(
                        output.isJson()
                                ? OutputOption.json(new Recovered(topic, partition, leader))
                                : "node " + leader + " leads " + topic + "-" + partition
                                        + "; its other replicas come as their nodes do: oarlog cluster status");
    }

    /** The outcome, as it is printed in JSON. Immutable. */
    record Recovered(String topic, int partition, int leader) {}
}
