package io.oarlog.server.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what makes a shell complete commands and options. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print a script that lets a shell complete commands, options and their values.",
        footer = {
            "",
            "Example: source <(oarlog completion bash)        # now; for good: add it to ~/.bashrc",
            "         source <(oarlog completion zsh)         # now; for good: add it to ~/.zshrc"
        })
final class CompletionCommand implements Runnable {
    @Parameters(paramLabel = "SHELL", completionCandidates = Shells.class, description = "bash or zsh.")
    @SuppressWarnings("NullAway.Init") // required
    private String shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** For completion. */
    static final class Shells extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Shells() {
            super(List.of("bash", "zsh"));
        }
    }

    @Override
    public void run() {
        if (!new Shells().contains(shell)) {
            throw new ParameterException(spec.commandLine(), "'" + shell + "': give bash or zsh");
        }
        // Picocli's script serves both: zsh runs it by its own bashcompinit.
        CommandLine root = spec.root().commandLine();
        spec.commandLine().getOut().print(AutoComplete.bash(root.getCommandName(), root));
        spec.commandLine().getOut().flush();
    }
}
