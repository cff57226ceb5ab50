package io.oarlog.server.cli.cluster;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what is asked of one node. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        description = "What the nodes of the cluster have, and whether one may go.",
        subcommands = {SafeToStopCommand.class, DrainCommand.class, FillCommand.class, MovesCommand.class},
        footer = {"", "Example: oarlog node safe-to-stop 2 --wait 300", "         oarlog node drain 1 --wait 3600"})
public final class NodeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: safe-to-stop, drain, fill or moves.");
    }
}
