package io.oarlog.chaos;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Judges the histories of a run that has ended. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Judge the histories in a run's directory again.",
        footer = {"", "Example: oarlog chaos check oarlog-chaos/7"})
final class CheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of a run.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        return new VerdictPrinter(spec.commandLine().getOut()).print(Histories.judge(directory)) ? 0 : 1;
    }
}
