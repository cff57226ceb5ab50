package io.oarlog.server.cli.group;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Clock;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows a group, and how far it is behind. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        description = {
            "Show a group's members, what it has committed, and how far it is behind.",
            "LAG is in records; SECONDS is the age of the first record that the group has not read, by the record's"
                    + " timestamp, 0 when it has read all. A dash is what is not known: nothing is committed, the"
                    + " partition has no leader, or its topic is gone."
        },
        footer = {"", "Example: oarlog group describe billing", "         oarlog group describe billing -o json"})
final class GroupDescribeCommand implements Runnable {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Parameters(paramLabel = "GROUP")
    @SuppressWarnings("NullAway.Init") // required
    private String group;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        GroupReport report;
        try (GroupAdmin admin = new GroupAdmin(bootstrap.kafkaAdmin())) {
            report = new GroupLag(admin, new FirstUnread(bootstrap.servers()), Clock.systemUTC()).report(group);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOption.json(report));
        } else {
            print(report, out);
        }
    }

    private static void print(GroupReport report, PrintWriter out) {
        int members = report.members().size();
        out.printf(
                Locale.ROOT,
                "%s: %s, type %s, %d %s, kept by node %d, %d records behind, %s s%n",
                report.group(),
                report.state(),
                report.type(),
                members,
                members == 1 ? "member" : "members",
                report.coordinator(),
                report.lagRecords(),
                seconds(report.lagSeconds()));
        TextTable table =
                new TextTable("TOPIC", "PARTITION", "COMMITTED", "LOG START", "LOG END", "LAG", "SECONDS", "MEMBER");
        for (PartitionLag lag : report.partitions()) {
            table.row(
                    lag.topic(),
                    lag.partition(),
                    lag.committed(),
                    lag.logStart(),
                    lag.logEnd(),
                    lag.lagRecords(),
                    lag.lagSeconds() == null ? null : tenths(lag.lagSeconds()),
                    lag.member());
        }
        table.print(out);
    }

    private static String seconds(@Nullable Double seconds) {
        return seconds == null ? "-" : tenths(seconds).toPlainString();
    }

    private static BigDecimal tenths(double seconds) {
        return BigDecimal.valueOf(seconds).setScale(1, RoundingMode.HALF_UP);
    }
}
