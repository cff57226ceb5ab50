package io.oarlog.server.cli.group;

import io.oarlog.client.PartitionDescription;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.InstantConverter;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets the offsets of a group back or forward. */
@Command(
        name = "reset-offsets",
        mixinStandardHelpOptions = true,
        description = {
            "Set the offsets from which a group without members goes on.",
            "Prints what would be set; sets it with --execute. An offset that the log does not have is moved to its"
                    + " nearer end. A group that does not exist yet is made."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed, or set", "1:not set: the group has members, or no broker answered", "2:wrong usage"
        },
        footer = {
            "",
            "Example: oarlog group reset-offsets billing -t orders --to-earliest",
            "         oarlog group reset-offsets billing -t orders:0,2 --to-time 2026-11-28T12:00:00Z --execute",
            "         oarlog group reset-offsets billing --all-topics --shift-by -100 --execute"
        })
final class GroupResetOffsetsCommand implements Runnable {
    /** One of them. */
    private static final class Target {
        @Option(names = "--to-earliest", description = "To the first record of each log.")
        private boolean isEarliest;

        @Option(names = "--to-latest", description = "Behind the last record of each log.")
        private boolean isLatest;

        @Option(
                names = "--to-time",
                paramLabel = "TIME",
                converter = InstantConverter.class,
                description = "To the first record since then, like 2026-11-28T12:00:00Z (this machine's zone when none"
                        + " is named) or milliseconds since the epoch.")
        private @Nullable Instant time;

        @Option(
                names = "--shift-by",
                paramLabel = "N",
                description = "So many records on from what is committed; back when negative.")
        private @Nullable Long shift;

        @Option(names = "--to-offset", paramLabel = "OFFSET", description = "To this offset.")
        private @Nullable Long offset;

        ResetTarget toTarget() {
            if (isEarliest) {
                return new ResetTarget.Earliest();
            } else if (isLatest) {
                return new ResetTarget.Latest();
            } else if (time != null) {
                return new ResetTarget.Time(time);
            } else if (shift != null) {
                return new ResetTarget.Shift(shift);
            } else if (offset != null) {
                return new ResetTarget.Exact(offset);
            }
            throw new AssertionError("picocli asks for one of them");
        }
    }

    /**
     * What is printed in JSON.
     *
     * @param executed false: only planned
     */
    private record Report(String group, boolean executed, List<OffsetChange> changes) {}

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Parameters(paramLabel = "GROUP")
    @SuppressWarnings("NullAway.Init") // required
    private String group;

    @Option(
            names = {"-t", "--topic"},
            paramLabel = "TOPIC[:PARTITION,...]",
            converter = PartitionSelection.Converter.class,
            description = "All partitions of a topic, or these; may be given several times.")
    private @Nullable List<PartitionSelection> topics;

    @Option(names = "--all-topics", description = "All partitions that the group has committed offsets of.")
    private boolean isAllTopics;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // required
    private Target target;

    @Option(names = "--execute", description = "Set them.")
    private boolean isExecuted;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        if ((topics == null) == !isAllTopics) {
            throw new ParameterException(spec.commandLine(), "give -t TOPIC, or --all-topics");
        }
        List<OffsetChange> changes;
        Collection<MemberDescription> members;
        try (GroupAdmin admin = new GroupAdmin(bootstrap.kafkaAdmin())) {
            members = admin.find(group).map(ConsumerGroupDescription::members).orElse(List.of());
            if (isExecuted && !members.isEmpty()) {
                throw new CommandFailedException(refusal(members) + " and try again; nothing is changed");
            }
            Map<TopicPartition, Long> committed = admin.committed(group);
            changes = new ResetPlanner(admin, committed).plan(partitions(admin, committed), target.toTarget());
            if (isExecuted) {
                Map<TopicPartition, Long> offsets = new HashMap<>();
                changes.forEach(
                        change -> offsets.put(new TopicPartition(change.topic(), change.partition()), change.next()));
                admin.commit(group, offsets);
            }
        }
        print(changes, spec.commandLine().getOut());
        if (!members.isEmpty()) {
            spec.commandLine().getErr().println("oarlog: " + refusal(members) + " before --execute");
        }
    }

    private String refusal(Collection<MemberDescription> members) {
        String who = members.stream()
                .map(member -> member.clientId() + " at " + member.host().replaceFirst("^/", ""))
                .sorted()
                .collect(Collectors.joining(", "));
        return "group '" + group + "' has " + members.size() + (members.size() == 1 ? " member (" : " members (") + who
                + "), which would commit over it; stop "
                + (members.size() == 1 ? "it" : "them");
    }

    private Set<TopicPartition> partitions(GroupAdmin admin, Map<TopicPartition, Long> committed) {
        if (isAllTopics) {
            Set<TopicPartition> existing = admin.existing(committed.keySet());
            if (existing.isEmpty()) {
                throw new CommandFailedException(
                        "group '" + group + "' has committed nothing; name the topics with -t TOPIC");
            }
            return existing;
        }
        Set<TopicPartition> partitions = new LinkedHashSet<>();
        for (PartitionSelection selection : Optional.ofNullable(topics).orElseThrow()) {
            if (selection.partitions().isEmpty()) {
                bootstrap.existing(selection.topic(), null).partitions().stream()
                        .map(PartitionDescription::partition)
                        .forEach(partition -> partitions.add(new TopicPartition(selection.topic(), partition)));
                continue;
            }
            for (int partition : selection.partitions().get()) {
                bootstrap.existing(selection.topic(), partition);
                partitions.add(new TopicPartition(selection.topic(), partition));
            }
        }
        return partitions;
    }

    private void print(List<OffsetChange> changes, PrintWriter out) {
        if (output.isJson()) {
            out.println(OutputOption.json(new Report(group, isExecuted, changes)));
            return;
        }
        TextTable table = new TextTable("TOPIC", "PARTITION", "COMMITTED", "NEW", "LAG", "NOTE");
        changes.forEach(change -> table.row(
                change.topic(),
                change.partition(),
                change.committed(),
                change.next(),
                change.lagRecords(),
                change.note() == null ? "" : change.note()));
        table.print(out);
        out.println(
                isExecuted
                        ? "group " + group + " goes on at the new offsets"
                        : "nothing is changed yet; add --execute to set the new offsets");
    }
}
