package io.oarlog.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.oarlog.chaos.cluster.Substrates;
import io.oarlog.chaos.cluster.Tool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Real runs, with one seed, so that the gate is the same each time. The module's pom says for how long; {@code mvn verify -Pchaos
 * -Dchaos.seed=N} for longer ones, in containers too.
 */
@Timeout(4 * 3600)
final class ChaosIT {
    /** Stays, for whoever wants to know what happened. */
    private static final Path DIRECTORY = Path.of("target", "chaos");

    @ParameterizedTest
    @ValueSource(strings = {"local", "netns", "docker"})
    void shouldFindNothing(String substrate) {
        // given
        String time = System.getProperty("chaos.time." + substrate);
        assumeThat(time).as("runs on %s are for mvn verify -Pchaos", substrate).isNotEqualTo("none");
        assumeThat(Substrates.lack(substrate))
                .as("why there is no %s here", substrate)
                .isEmpty();
        Path directory = DIRECTORY.resolve(substrate);
        Tool.run("rm", "-rf", directory.toString()); // of the build before
        CommandLine chaos = Chaos.commandLine();
        StringWriter output = new StringWriter();
        chaos.setOut(new PrintWriter(output));
        chaos.setErr(new PrintWriter(output));

        // when
        int code = chaos.execute(
                "run",
                "--substrate",
                substrate,
                "--time",
                time,
                "--nodes",
                "3",
                "--seed",
                System.getProperty("chaos.seed"),
                "--dir",
                directory.toString());

        // then
        System.out.println(output); // which faults there were and which were SKIPPED, in the build's own output
        assertThat(code).as(output.toString()).isZero();
        assertThat(output.toString()).contains("PASSED");
    }
}
