package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows which replicas are being moved. */
@Command(
        name = "moves",
        mixinStandardHelpOptions = true,
        description = "Show the partitions whose replicas are being moved, by whatever tool, or take the moves back.",
        footer = {"", "Example: oarlog node moves", "         oarlog node moves --cancel"})
final class MovesCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Option(
            names = "--cancel",
            description =
                    "Have all of them back where they were. Which replica is preferred as leader may have changed.")
    private boolean isCancelled;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Admin admin = bootstrap.kafkaAdmin()) {
            Reassignments moves = new Reassignments(admin);
            Map<TopicPartition, PartitionReassignment> underWay = moves.underWay();
            if (isCancelled && !underWay.isEmpty()) {
                moves.takeBack(underWay.keySet());
                underWay = moves.underWay();
            }
            List<Reassignments.Row> rows = moves.rows(underWay);
            if (output.isJson()) {
                out.println(OutputOption.json(rows));
            } else if (rows.isEmpty()) {
                out.println("no replicas are being moved");
            } else {
                print(rows, out);
            }
        }
        return 0;
    }

    private static void print(List<Reassignments.Row> rows, PrintWriter out) {
        TextTable table = new TextTable("TOPIC", "PARTITION", "REPLICAS", "ADDING", "REMOVING", "BYTES COPIED", "OF");
        rows.forEach(row -> table.row(
                row.topic(),
                row.partition(),
                TextTable.ids(row.replicas()),
                TextTable.ids(row.adding()),
                TextTable.ids(row.removing()),
                row.bytesCopied(),
                row.bytes()));
        table.print(out);
    }
}
