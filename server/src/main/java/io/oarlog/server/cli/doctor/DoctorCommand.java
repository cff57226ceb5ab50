package io.oarlog.server.cli.doctor;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of what finds faults. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Find out why clients do not get through.",
        subcommands = DoctorListenersCommand.class,
        footer = {"", "Example: oarlog doctor listeners 127.0.0.1:9092"})
public final class DoctorCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to look at: listeners.");
    }
}
