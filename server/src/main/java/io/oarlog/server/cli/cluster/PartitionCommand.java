package io.oarlog.server.cli.cluster;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what is asked of one partition. */
@Command(
        name = "partition",
        mixinStandardHelpOptions = true,
        description = "One partition: what can be done when its replicas are lost.",
        subcommands = ForceRecoverCommand.class,
        footer = {"", "Example: oarlog partition force-recover orders -p 0 --dry-run"})
public final class PartitionCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: force-recover.");
    }
}
