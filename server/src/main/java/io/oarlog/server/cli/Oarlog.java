package io.oarlog.server.cli;

import io.oarlog.client.OarlogException;
import io.oarlog.server.InvalidSettingException;
import java.io.IOException;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
            ConsumeCommand.class
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
        return new CommandLine(new Oarlog()).setExecutionExceptionHandler((e, command, parsed) -> {
            if (!(e instanceof OarlogException
                    || e instanceof CommandFailedException
                    || e instanceof InvalidSettingException
                    || e instanceof IOException)) {
                e.printStackTrace(command.getErr());
                return CommandLine.ExitCode.SOFTWARE;
            }
            command.getErr().println("oarlog: " + e.getMessage());
            return e instanceof InvalidSettingException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        });
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }
}
