package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "demo --help",
                "dev --help",
                "server --help",
                "topic --help",
                "topic create --help",
                "topic list --help",
                "topic describe --help",
                "topic delete --help",
                "produce --help",
                "consume --help"
            })
    void shouldHelpWithAnExample(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: oarlog").contains("Example: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nonsense", "topic", "topic create", "server", "dev -n 9", "consume t -o soon", "demo a b"})
    void shouldExitWithTwoWhenItIsUsedWrongly(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);
        assertThat(err.toString()).isNotBlank();
    }

    @Test
    void shouldNameTheSettingThatIsWrong() throws Exception {
        // given
        Path config = directory.resolve("server.properties");
        Files.writeString(config, "node.id=1\ncluster.nodes=1@127.0.0.1:9192\ndata.dir=x\nretention.hours=3\n");

        // when
        int code = run("server", "--config", config.toString());

        // then: in one line
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("retention.hours").hasLineCount(1);
    }

    @Test
    void shouldExitWithOneAndOneLineWhenAFileIsMissing() {
        assertThat(run("demo", directory.resolve("missing").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no such file").hasLineCount(1);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Oarlog.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
