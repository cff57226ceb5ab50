package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the nodes of the cluster. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Show the nodes of the cluster, up or not, and what each has.",
        footer = {"", "Example: oarlog node list", "         oarlog node list -o json | jq '.[] | select(.isUp | not)'"
        })
final class NodeListCommand implements Runnable {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        List<ClusterNodes.Row> rows;
        try (Admin admin = bootstrap.kafkaAdmin()) {
            rows = new ClusterNodes(admin).rows();
        }
        if (output.isJson()) {
            spec.commandLine().getOut().println(OutputOption.json(rows));
            return;
        }
        TextTable table = new TextTable("NODE", "ADDRESS", "STATE", "METADATA", "REPLICAS", "LEADS");
        rows.forEach(row -> table.row(
                row.node(),
                row.address(),
                row.isUp() ? "up" : "down",
                row.isController() ? "leader" : "follower",
                row.replicas(),
                row.leads()));
        table.print(spec.commandLine().getOut());
    }
}
