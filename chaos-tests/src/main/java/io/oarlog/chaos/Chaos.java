package io.oarlog.chaos;

import io.oarlog.chaos.cluster.ToolFailedException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
        name = "oarlog chaos",
        mixinStandardHelpOptions = true,
        version = "oarlog 0.1.0",
        description = "Break a cluster on purpose and judge what its clients saw.",
        footer = {"", "Example: oarlog chaos run --substrate netns --time 5m"},
        subcommands = {RunCommand.class, PlanCommand.class, CheckCommand.class, MutantsCommand.class})
public final class Chaos implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Chaos()).setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof RunFailedException || e instanceof ToolFailedException || e instanceof IOException) {
                command.getErr().println("oarlog: " + e.getMessage());
            } else {
                e.printStackTrace(command.getErr());
            }
            return RunCommand.NOT_RUN;
        });
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }
}
