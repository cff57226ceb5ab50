package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Takes a node out of the cluster. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = {
            "Take a node without replicas out of the cluster: it carries the metadata no more, and gets no new replicas.",
            "Drain it before. It may be up, and ends then by itself, or down. To come again it needs an empty data directory."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:removed", "1:not removed, or no broker answered", "2:wrong usage"},
        footer = {"", "Example: oarlog node drain 1 --wait 3600 && oarlog node remove 1"})
final class NodeRemoveCommand implements Runnable {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "NODE", description = "Id of the node.")
    private int node;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        try (Admin admin = bootstrap.kafkaAdmin()) {
            long replicas = Partitions.of(admin).stream()
                    .filter(partition -> partition.replicas().contains(node))
                    .count();
            if (replicas > 0) {
                throw new CommandFailedException("node " + node + " has replicas of " + replicas
                        + " partitions; move them first: oarlog node drain " + node + " --wait 3600");
            }
            new ClusterNodes(admin).remove(node);
        }
        spec.commandLine().getOut().println("node " + node + " is removed");
    }
}
