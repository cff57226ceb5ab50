package io.oarlog.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.nemesis.FaultKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ChaosCommandTest {
    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @TempDir
    private Path directory;

    private int execute(String... arguments) {
        CommandLine chaos = Chaos.commandLine();
        chaos.setOut(new PrintWriter(output));
        chaos.setErr(new PrintWriter(errors));
        return chaos.execute(arguments);
    }

    @Test
    void shouldPrintTheSamePlanForTheSameSeed() throws Exception {
        // when
        int code = execute("plan", "--seed", "7", "--time", "2m", "-o", "json");

        // then
        assertThat(code).isZero();
        JsonNode plan = new ObjectMapper().readTree(output.toString());
        assertThat(plan.get("seed").asLong()).isEqualTo(7);
        assertThat(plan.get("faults")).isNotEmpty();
        String first = output.toString();
        output.getBuffer().setLength(0);
        execute("plan", "--seed", "7", "--time", "2m", "-o", "json");
        assertThat(output).hasToString(first);
    }

    @Test
    void shouldListEveryKindWithWhatItNeeds() {
        // when
        int code = execute("plan", "--kinds");

        // then
        assertThat(code).isZero();
        for (FaultKind kind : FaultKind.values()) {
            assertThat(output.toString())
                    .contains(kind.word(), kind.description(), kind.needs().description());
        }
    }

    @Test
    void shouldSayWhichKindsThereAreWhenOneIsUnknown() {
        // when
        int code = execute("plan", "--nemesis", "kill,earthquake");

        // then
        assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(errors.toString()).contains("there is no fault 'earthquake'", "kill-all");
    }

    @Test
    void shouldRefuseATimeThatIsNone() {
        // when
        int code = execute("run", "--time", "soon");

        // then
        assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(errors.toString()).contains("'soon' is no time: 90s, 5m, 1h");
    }

    @Test
    void shouldNotOverwriteARun() {
        // when
        int code = execute("run", "--dir", directory.toString());

        // then
        assertThat(code).isEqualTo(RunCommand.NOT_RUN);
        assertThat(errors.toString()).contains("is there already");
    }

    @Test
    void shouldGiveAnExampleWithEachCommand() {
        for (String command : new String[] {"run", "plan", "check", "mutants"}) {
            // when
            output.getBuffer().setLength(0);
            int code = execute(command, "--help");

            // then
            assertThat(code).isZero();
            assertThat(output.toString()).as(command).contains("Example: oarlog chaos " + command);
        }
    }
}
