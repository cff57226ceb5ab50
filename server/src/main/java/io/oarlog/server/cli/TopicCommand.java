package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.PartitionDescription;
import io.oarlog.client.TopicDescription;
import io.oarlog.client.TopicPartition;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Creates, lists, describes and deletes topics, and deletes their records. */
@Command(
        name = "topic",
        mixinStandardHelpOptions = true,
        description = "Create, list, describe and delete topics, and delete records.",
        footer = {"", "Example: oarlog topic create orders -p 3 -r 3"})
final class TopicCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Name what to do: create, list, describe, delete or delete-records.");
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Create a topic.",
            footer = {"", "Example: oarlog topic create orders -p 3 -r 3 -c max.message.bytes=500000"})
    void create(
            @Mixin BootstrapOption bootstrap,
            @Parameters(paramLabel = "TOPIC") String name,
            @Option(
                            names = {"-p", "--partitions"},
                            defaultValue = "-1",
                            description = "Default: the cluster's.")
                    int partitions,
            @Option(
                            names = {"-r", "--replicas"},
                            defaultValue = "-1",
                            description = "Default: the cluster's.")
                    short replicas,
            @Option(
                            names = {"-c", "--config"},
                            paramLabel = "KEY=VALUE",
                            description = "Topic setting, Kafka's names.")
                    Map<String, String> configs) {
        try (Admin admin = bootstrap.admin()) {
            admin.createTopic(name, partitions, replicas, configs == null ? Map.of() : configs);
        }
        spec.commandLine().getOut().println("created " + name);
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "List the topics.",
            footer = {"", "Example: oarlog topic list", "         oarlog topic list -o json"})
    void list(@Mixin BootstrapOption bootstrap, @Mixin OutputOption output) {
        TreeSet<String> topics;
        try (Admin admin = bootstrap.admin()) {
            topics = new TreeSet<>(admin.listTopics());
        }
        if (output.isJson()) {
            printJson(topics);
        } else {
            topics.forEach(spec.commandLine().getOut()::println);
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Show a topic's partitions, leaders and replicas.",
            footer = {"", "Example: oarlog topic describe orders", "         oarlog topic describe orders -o json"})
    void describe(
            @Mixin BootstrapOption bootstrap,
            @Parameters(paramLabel = "TOPIC") String name,
            @Mixin OutputOption output) {
        TopicDescription topic = bootstrap.existing(name, null);
        if (output.isJson()) {
            printJson(topic);
        } else {
            print(topic);
        }
    }

    private void printJson(Object value) {
        spec.commandLine().getOut().println(OutputOption.json(value));
    }

    private void print(TopicDescription topic) {
        var out = spec.commandLine().getOut();
        out.printf(
                "%s, id %s, %d partitions%n",
                topic.name(), topic.id(), topic.partitions().size());
        out.printf("%-9s  %-6s  %-5s  %-12s  %s%n", "PARTITION", "LEADER", "EPOCH", "REPLICAS", "IN SYNC");
        for (PartitionDescription p : topic.partitions()) {
            out.printf(
                    "%-9d  %-6s  %-5d  %-12s  %s%n",
                    p.partition(),
                    p.hasLeader() ? Integer.toString(p.leader()) : "none",
                    p.leaderEpoch(),
                    TextTable.ids(p.replicas()),
                    TextTable.ids(p.inSync()));
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Delete a topic and its records.",
            footer = {"", "Example: oarlog topic delete orders"})
    void delete(@Mixin BootstrapOption bootstrap, @Parameters(paramLabel = "TOPIC") String name) {
        try (Admin admin = bootstrap.admin()) {
            admin.deleteTopic(name);
        }
        spec.commandLine().getOut().println("deleted " + name);
    }

    @Command(
            name = "delete-records",
            mixinStandardHelpOptions = true,
            description = "Delete the records of a partition below an offset.",
            footer = {"", "Example: oarlog topic delete-records orders -p 0 --before 1000"})
    void deleteRecords(
            @Mixin BootstrapOption bootstrap,
            @Parameters(paramLabel = "TOPIC") String name,
            @Option(
                            names = {"-p", "--partition"},
                            required = true,
                            description = "The partition.")
                    int partition,
            @Option(
                            names = "--before",
                            required = true,
                            paramLabel = "OFFSET",
                            description = "The first offset to keep.")
                    long before) {
        if (before < 0) {
            throw new ParameterException(spec.commandLine(), "--before " + before + ": give a number, 0 or more");
        }
        bootstrap.existing(name, partition);
        long first;
        try (Admin admin = bootstrap.admin()) {
            first = admin.deleteRecords(new TopicPartition(name, partition), before);
        }
        spec.commandLine().getOut().println(name + "-" + partition + " begins at offset " + first);
    }
}
