package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says whether the cluster is well. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Say in one line whether the cluster is well, and why not; then show nodes, topics, and the partitions that"
                    + " need a look.",
            "A node is known by being alive, or by the replicas that are placed on it. EPOCHS are Raft's terms: they rise"
                    + " with each new leader. IN SYNC are the replicas that their leader sees close behind it."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:healthy", "1:degraded, or no broker answered", "2:wrong usage"},
        footer = {"", "Example: oarlog cluster status", "         oarlog cluster status -o json | jq -r .verdict"})
final class ClusterStatusCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Option(names = "--partitions", description = "Show every partition.")
    private boolean showsAllPartitions;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ClusterStatus status = new ClusterSurvey(bootstrap).ask();
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOption.json(status));
        } else {
            print(status, out);
        }
        return status.healthy() ? 0 : 1;
    }

    private void print(ClusterStatus status, PrintWriter out) {
        out.println(status.verdict());
        out.printf("cluster %s, metadata led by %s%n", status.clusterId(), leader(status.metadataLeader()));
        out.println();
        TextTable nodes = new TextTable("NODE", "ADDRESS", "STATE", "LEADS", "REPLICAS");
        status.nodes()
                .forEach(node -> nodes.row(node.id(), node.address(), node.state(), node.leads(), node.replicas()));
        nodes.print(out);
        if (!status.partitions().isEmpty()) {
            out.println();
            printTopics(status.partitions(), out);
        }
        List<PartitionStatus> shown = status.partitions().stream()
                .filter(partition -> showsAllPartitions || partition.lacksLeader() || partition.lacksReplicas())
                .toList();
        if (!shown.isEmpty()) {
            out.println();
            printPartitions(shown, out);
        }
    }

    private static String leader(@Nullable Integer node) {
        return node == null ? "nobody" : "node " + node;
    }

    private static void printTopics(Collection<PartitionStatus> partitions, PrintWriter out) {
        TextTable table = new TextTable("TOPIC", "PARTITIONS", "NO LEADER", "UNDER-REPLICATED", "EPOCHS");
        partitions.stream()
                .collect(Collectors.groupingBy(PartitionStatus::topic, TreeMap::new, Collectors.toList()))
                .forEach((topic, ofTopic) -> table.row(
                        topic,
                        ofTopic.size(),
                        count(ofTopic, PartitionStatus::lacksLeader),
                        count(ofTopic, PartitionStatus::lacksReplicas),
                        epochs(ofTopic)));
        table.print(out);
    }

    private static long count(List<PartitionStatus> partitions, Predicate<PartitionStatus> condition) {
        return partitions.stream().filter(condition).count();
    }

    /** The lowest and the highest; null when there is no leader at all. */
    private static @Nullable String epochs(List<PartitionStatus> partitions) {
        IntSummaryStatistics epochs = partitions.stream()
                .map(PartitionStatus::leaderEpoch)
                .filter(Objects::nonNull)
                .mapToInt(Integer::intValue)
                .summaryStatistics();
        if (epochs.getCount() == 0) {
            return null;
        }
        return epochs.getMin() == epochs.getMax()
                ? Integer.toString(epochs.getMin())
                : epochs.getMin() + "-" + epochs.getMax();
    }

    private static void printPartitions(List<PartitionStatus> partitions, PrintWriter out) {
        TextTable table = new TextTable("TOPIC", "PARTITION", "LEADER", "EPOCH", "REPLICAS", "IN SYNC");
        partitions.forEach(partition -> table.row(
                partition.topic(),
                partition.partition(),
                partition.leader() == null ? "none" : partition.leader().toString(),
                partition.leaderEpoch(),
                TextTable.ids(partition.replicas()),
                TextTable.ids(partition.inSync())));
        table.print(out);
    }
}
