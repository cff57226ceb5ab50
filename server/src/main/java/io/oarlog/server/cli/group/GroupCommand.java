package io.oarlog.server.cli.group;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what is done with consumer groups. */
@Command(
        name = "group",
        mixinStandardHelpOptions = true,
        description = "List and describe consumer groups, reset their offsets, delete them.",
        subcommands = {
            GroupListCommand.class,
            GroupDescribeCommand.class,
            GroupResetOffsetsCommand.class,
            GroupDeleteCommand.class
        },
        footer = {"", "Example: oarlog group describe billing"})
public final class GroupCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: list, describe, reset-offsets or delete.");
    }
}
