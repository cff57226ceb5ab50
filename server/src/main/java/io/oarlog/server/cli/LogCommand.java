package io.oarlog.server.cli;

import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.Progress;
import io.oarlog.server.inspect.DirectoryCheck;
import io.oarlog.server.inspect.InspectionFormat;
import io.oarlog.server.inspect.LogDump;
import io.oarlog.server.inspect.Selection;
import io.oarlog.server.inspect.StoppedNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks into the files of a stopped node. */
@Command(
        name = "log",
        mixinStandardHelpOptions = true,
        description = "Check or print the files of a stopped node. Nothing is changed on disk.",
        footer = {"", "Example: oarlog log verify /var/lib/oarlog"})
final class LogCommand implements Runnable {
    private static final int MIB = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** What is looked at. */
    static final class Target {
        @Parameters(
                paramLabel = "DIR",
                description = "A node's data.dir, or the log directory of one of its partitions.")
        @SuppressWarnings("NullAway.Init") // required
        private Path directory;

        @Option(
                names = {"-t", "--topic"},
                paramLabel = "NAME",
                description = "Only the partitions of this topic.")
        private @Nullable String topic;

        @Option(
                names = {"-p", "--partition"},
                paramLabel = "N",
                description = "Only partitions of this number.")
        private @Nullable Integer partition;

        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        private OutputOption output;

        StoppedNode open() throws IOException {
            return StoppedNode.open(
                    directory,
                    new Selection(
                            Optional.ofNullable(topic),
                            partition == null ? OptionalInt.empty() : OptionalInt.of(partition)));
        }

        /** Not flushed at each line, as picocli's writer would be. */
        InspectionFormat format(CommandSpec of) {
            return new InspectionFormat(
                    new PrintWriter(new BufferedWriter(of.commandLine().getOut())), output.isJson());
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: verify or dump.");
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = {
                "Check every CRC, offset, index and checkpoint of a stopped node, and that the Raft log agrees with them.",
                "Damage is printed with its file and position. What a crash left and the next start puts right"
                        + " (tail, note) is no damage."
            },
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:everything is sound",
                "1:something is damaged, or cannot be read",
                "2:wrong usage, no such directory, or a node runs on it"
            },
            footer = {
                "",
                "Example: oarlog log verify /var/lib/oarlog",
                "         oarlog log verify /var/lib/oarlog -t orders -p 0 -o json"
            })
    int verify(@Mixin Target target) throws IOException {
        try (StoppedNode node = target.open();
                Progress progress = new Progress()) {
            DirectoryCheck check = new DirectoryCheck(node, target.format(spec), progress::advance);
            progress.begin("verify", check.sizeInBytes(), " MiB", MIB);
            return check.run() ? 0 : 1;
        }
    }

    @Command(
            mixinStandardHelpOptions = true,
            description =
                    "Print the batches of a stopped node: where they lie, what they hold, whether their CRC is right.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:all that was printed is sound",
                "1:a CRC is wrong, or something cannot be read",
                "2:wrong usage, no such directory, or a node runs on it"
            },
            footer = {
                "",
                "Example: oarlog log dump /var/lib/oarlog -t orders -p 0 --limit 10 --records",
                "         oarlog log dump /var/lib/oarlog/log/orders/0.* --from 1000 --headers"
            })
    int dump(
            @Mixin Target target,
            @Option(
                            names = "--from",
                            paramLabel = "OFFSET",
                            defaultValue = "0",
                            description = "The first offset to print (default: ${DEFAULT-VALUE}).")
                    long from,
            @Option(
                            names = "--to",
                            paramLabel = "OFFSET",
                            defaultValue = "9223372036854775807",
                            description = "The last offset to print (default: the end).",
                            showDefaultValue = CommandLine.Help.Visibility.NEVER)
                    long to,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "9223372036854775807",
                            description = "Print at most so many batches, and Raft entries, of a partition.")
                    long limit,
            @Option(names = "--records", description = "Print the records of each batch.") boolean hasRecords,
            @Option(names = "--headers", description = "Print the entries of the Raft log, too: term, index, header.")
                    boolean hasHeaders)
            throws IOException {
        if (from < 0 || to < from || limit < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--from, --to and --limit: give numbers, 0 or more, --to not below --from");
        }
        try (StoppedNode node = target.open()) {
            LogDump.Range range = new LogDump.Range(from, to, limit, hasRecords, hasHeaders);
            return new LogDump(node, target.format(spec), range).run() ? 0 : 1;
        }
    }
}
