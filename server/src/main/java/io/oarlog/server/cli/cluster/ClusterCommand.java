package io.oarlog.server.cli.cluster;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what is asked of the cluster as a whole. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Look at the cluster as a whole.",
        subcommands = ClusterStatusCommand.class,
        footer = {"", "Example: oarlog cluster status"})
public final class ClusterCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: status.");
    }
}
