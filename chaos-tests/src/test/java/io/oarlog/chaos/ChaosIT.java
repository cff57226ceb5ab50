package io.oarlog.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.oarlog.chaos.cluster.Substrates;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Real runs. The seed is one, so that the gate is the same each time; {@code -Dchaos.seed=N -Dchaos.time=10m} for others.
 */
@Timeout(3600)
final class ChaosIT {
    @TempDir
    private Path directory;

    @Test
    void shouldFindNothingOnThisMachine() {
        run("local", System.getProperty("chaos.time", "180s"));
    }

    @Test
    void shouldFindNothingInNamespaces() {
        assumeThat(Substrates.lack("netns"))
                .as("why there are no namespaces here")
                .isEmpty();
        run("netns", System.getProperty("chaos.time", "90s"));
    }

    private void run(String substrate, String time) {
        // given
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
                System.getProperty("chaos.seed", "1"),
                "--dir",
                directory.resolve(substrate).toString());

        // then
        System.out.println(output);
        assertThat(code).as(output.toString()).isZero();
        assertThat(output.toString()).contains("PASSED");
    }
}
