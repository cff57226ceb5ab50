package io.oarlog.server.cli.cluster;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what is asked of one node. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        description = "The nodes of the cluster: what they have, whether one may go, and how they come and go.",
        subcommands = {
            NodeListCommand.class,
            SafeToStopCommand.class,
            NodeAddCommand.class,
            DrainCommand.class,
            FillCommand.class,
            MovesCommand.class,
            NodeRemoveCommand.class,
            NodeReplaceCommand.class
        },
        footer = {"", "Example: oarlog node list", "         oarlog node drain 1 --wait 3600 && oarlog node remove 1"})
public final class NodeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Name what to do: list, safe-to-stop, add, drain, fill, moves, remove or replace.");
    }
}
