package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Of the jar: an unpacked build has no archive, and fails here. */
class ProgramCodeIT {
    private static final int LIMIT_SECONDS = 60;

    @Test
    void shouldStartOtherJvmsWithTheArchiveOfLoadedClasses() throws Exception {
        // given: a JVM that ends when it cannot use its archive
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(TestCluster.SHORT_LIVED_JVM);
        command.add("-Xshare:on");
        command.addAll(ProgramCode.jvmArguments());
        command.addAll(List.of(Oarlog.class.getName(), "--version"));

        // when
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        // then
        assertThat(command).anyMatch(argument -> argument.startsWith("-XX:SharedArchiveFile="));
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }
}
