package io.oarlog.server.cli;

import io.oarlog.client.BrokerUnavailableException;
import io.oarlog.client.OarlogException;
import io.oarlog.server.InvalidSettingException;
import io.oarlog.server.cli.bench.BenchCommand;
import io.oarlog.server.cli.cluster.ClusterCommand;
import io.oarlog.server.cli.cluster.NodeCommand;
import io.oarlog.server.cli.cluster.PartitionCommand;
import io.oarlog.server.cli.doctor.DoctorCommand;
import io.oarlog.server.cli.group.GroupCommand;
import io.oarlog.server.cli.stream.ConsumeCommand;
import io.oarlog.server.cli.stream.ProduceCommand;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.inspect.InspectionRefusedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The root of the command line. */
@Command(
        name = "oarlog",
        version = "oarlog 0.1.0",
        mixinStandardHelpOptions = true,
        description = "A fault-tolerant, durable, Kafka-compatible log store.",
        footer = {"", "Example: oarlog demo", "         oarlog dev -n 3 --data ./oarlog-data"},
        subcommands = {
            DemoCommand.class,
            DevCommand.class,
            ServerCommand.class,
            TopicCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            GroupCommand.class,
            ClusterCommand.class,
            NodeCommand.class,
            PartitionCommand.class,
            DoctorCommand.class,
            BenchCommand.class,
            LogCommand.class,
            CompletionCommand.class
        })
public final class Oarlog implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    public static void main(String[] args) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Oarlog());
        commandLine.setParameterExceptionHandler((e, arguments) -> wrongUsage(e));
        return commandLine.setExecutionExceptionHandler((thrown, command, parsed) -> {
            boolean isWrapped = thrown instanceof UncheckedIOException;
            Exception e = isWrapped && thrown.getCause() instanceof IOException cause ? cause : thrown;
            if (!(e instanceof OarlogException
                    || e instanceof CommandFailedException
                    || e instanceof KafkaException
                    || e instanceof InvalidSettingException
                    || e instanceof InspectionRefusedException
                    || e instanceof IOException)) {
                e.printStackTrace(command.getErr());
                return CommandLine.ExitCode.SOFTWARE;
            }
            command.getErr().println("oarlog: " + message(e));
            boolean isUsage = e instanceof InvalidSettingException || e instanceof InspectionRefusedException;
            return isUsage ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        });
    }

    /** One line; a command that has others below it lists them as well. */
    private static int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String hint = e instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getSuggestions().isEmpty()
                ? "; did you mean " + unmatched.getSuggestions().get(0) + "?"
                : "";
        command.getErr()
                .println("oarlog: " + String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ") + hint + " (see: "
                        + command.getCommandSpec().qualifiedName() + " --help)");
        if (!command.getSubcommands().isEmpty()) {
            command.usage(command.getErr());
        }
        return CommandLine.ExitCode.USAGE;
    }

    /** One line; the JDK's messages about files are often only their names. */
    private static String message(Exception e) {
        if (e instanceof BrokerUnavailableException || e instanceof TimeoutException) {
            return e.getMessage()
                    + "; do the brokers run, and does -b (or the profile, or OARLOG_BOOTSTRAP) name one of them?";
        } else if (e instanceof NoSuchFileException) {
            return "no such file: " + e.getMessage();
        } else if (e instanceof AccessDeniedException) {
            return "no permission: " + e.getMessage();
        } else if (e instanceof FileAlreadyExistsException) {
            return "not a directory: " + e.getMessage();
        }
        return String.valueOf(e.getMessage());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }
}
