package io.oarlog.server.cli.group;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.connection.KafkaAnswers;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsResult;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the groups. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the groups of all nodes.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all nodes answered",
            "1:a node did not answer, so some groups may be missing",
            "2:wrong usage"
        },
        footer = {"", "Example: oarlog group list", "         oarlog group list -o json"})
final class GroupListCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /**
     * One group.
     *
     * @param type classic, or consumer (KIP-848)
     * @param protocol consumer, or what else its members use the group for; empty when it only keeps offsets
     */
    private record Listed(String group, String type, String protocol, String state) {
        static Listed of(GroupListing listing) {
            return new Listed(
                    listing.groupId(),
                    listing.type()
                            .map(type -> type.toString().toLowerCase(Locale.ROOT))
                            .orElse(""),
                    listing.protocol(),
                    listing.groupState().map(Object::toString).orElse(""));
        }
    }

    @Override
    public Integer call() {
        List<Listed> groups;
        Collection<Throwable> failures;
        try (GroupAdmin admin = new GroupAdmin(bootstrap.kafkaAdmin())) {
            ListGroupsResult answers = admin.list();
            groups = KafkaAnswers.await(answers.valid()).stream()
                    .map(Listed::of)
                    .sorted(Comparator.comparing(Listed::group))
                    .toList();
            failures = KafkaAnswers.await(answers.errors());
        }
        if (groups.isEmpty() && !failures.isEmpty()) {
            throw new TimeoutException(GroupAdmin.reason(failures.iterator().next()));
        }
        print(groups);
        failures.forEach(failure -> spec.commandLine()
                .getErr()
                .println("oarlog: groups may be missing, for a node did not answer: " + GroupAdmin.reason(failure)
                        + "; see which with: oarlog cluster status"));
        return failures.isEmpty() ? 0 : 1;
    }

    private void print(List<Listed> groups) {
        var out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOption.json(groups));
            return;
        }
        TextTable table = new TextTable("GROUP", "TYPE", "PROTOCOL", "STATE");
        groups.forEach(group -> table.row(
                group.group(), group.type(), group.protocol().isEmpty() ? null : group.protocol(), group.state()));
        table.print(out);
    }
}
