package io.oarlog.server.cli.group;

import io.oarlog.server.cli.connection.BootstrapOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes a group. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Delete a group without members, and the offsets that it has committed.",
        footer = {"", "Example: oarlog group delete billing"})
final class GroupDeleteCommand implements Runnable {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "GROUP")
    @SuppressWarnings("NullAway.Init") // required
    private String group;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        try (GroupAdmin admin = new GroupAdmin(bootstrap.kafkaAdmin())) {
            admin.delete(group);
        }
        spec.commandLine().getOut().println("deleted group " + group);
    }
}
