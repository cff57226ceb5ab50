package io.oarlog.server.cli.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the measurements. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measure throughput and latency of a topic.",
        subcommands = {BenchProduceCommand.class, BenchConsumeCommand.class, BenchLatencyCommand.class},
        footer = {"", "Example: oarlog bench produce orders -n 1000000 -s 1000"})
public final class BenchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to measure: produce, consume or latency.");
    }
}
