package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets a node come back with an empty disk. */
@Command(
        name = "replace",
        mixinStandardHelpOptions = true,
        description = {
            "Give up the disk of a node that is down, for good. Then start the node with an empty data directory, on this"
                    + " machine or another: it joins the cluster, and its replicas are copied to it from the others.",
            "It has to be down, and each of its partitions needs a majority of its replicas in sync on other nodes."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done, the node can be started", "1:refused, or no broker answered", "2:wrong usage"},
        footer = {"", "Example: oarlog node replace 2"})
final class NodeReplaceCommand implements Runnable {
    private static final int MAX_NAMED = 10;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "NODE", description = "Id of the node.")
    private int node;

    @Option(
            names = "--accept-loss",
            description =
                    "Go on also when partitions cannot. They stay without a leader until oarlog partition force-recover.")
    private boolean acceptsLoss;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        try (Admin admin = bootstrap.kafkaAdmin()) {
            ClusterNodes nodes = new ClusterNodes(admin);
            if (nodes.up().contains(node)) {
                throw new CommandFailedException("node " + node + " is up; stop it first, or to take it out for good:"
                        + " oarlog node drain " + node + " --wait 3600 && oarlog node remove " + node);
            }
            List<TopicPartition> lost = nodes.needing(node);
            if (!lost.isEmpty() && !acceptsLoss) {
                throw new CommandFailedException(lost.size() + " partitions have no majority of their replicas in sync"
                        + " without it, and would have no leader any more: "
                        + lost.stream().limit(MAX_NAMED).toList() + (lost.size() > MAX_NAMED ? ", ..." : "")
                        + "; mount the old disk, or accept it with --accept-loss");
            }
            nodes.remove(node);
            if (!lost.isEmpty()) {
                spec.commandLine()
                        .getErr()
                        .println(lost.size() + " partitions have no majority any more; what is left of"
                                + " each goes on alone with: oarlog partition force-recover "
                                + lost.get(0).topic() + " -p "
                                + lost.get(0).partition());
            }
        }
        spec.commandLine()
                .getOut()
                .println("the disk of node " + node + " is given up: start the node with an empty data directory");
    }
}
