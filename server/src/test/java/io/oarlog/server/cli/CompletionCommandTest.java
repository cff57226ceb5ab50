package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionCommandTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "oarlog gro, group",
        "oarlog group res, reset-offsets",
        "oarlog group reset-offsets --to-e, --to-earliest",
        "oarlog topic list -o j, json",
        "oarlog completion z, zsh"
    })
    void shouldCompleteInBash(String typed, String completed) throws Exception {
        assumeThat(Files.isExecutable(Path.of("/bin/bash")))
                .as("bash is not installed")
                .isTrue();
        // given
        Path script = directory.resolve("oarlog_completion");
        Files.writeString(script, CommandRun.of("completion", "bash").out());
        String words = String.join("\" \"", typed.split(" "));
        int last = typed.split(" ").length - 1;

        // when
        String replies = bash("source '" + script + "'; COMP_WORDS=(\"" + words + "\"); COMP_CWORD=" + last
                + "; COMP_LINE=\"" + typed + "\"; _complete_oarlog; printf '%s\\n' \"${COMPREPLY[@]}\"");

        // then
        assertThat(replies.lines()).contains(completed);
    }

    @Test
    void shouldServeZshByItsBashCompletion() {
        CommandRun run = CommandRun.of("completion", "zsh");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("ZSH_VERSION", "bashcompinit", "reset-offsets");
    }

    private static String bash(String command) throws IOException, InterruptedException {
        Process bash = new ProcessBuilder(List.of("/bin/bash", "--norc", "-c", command))
                .redirectErrorStream(true)
                .start();
        String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
