package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.server.embedded.ClusterPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as users run them: processes that are started, stopped by a signal, and leave nothing. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandsIT {
    private static final byte[] NO_INPUT = {};

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    @Test
    void shouldHaveItsDataWhenDevIsStartedAgainOnOtherPorts() throws Exception {
        // given: bytes that are no text in any encoding of ours
        byte[] lines = {'k', ':', (byte) 0xff, 0, '\n', 'k', ':', 'b', '\n'};
        Path data = directory.resolve("data");
        List<Integer> ports = ClusterPorts.free(8, RandomGenerator.getDefault());
        int first = consecutive(ports.get(0));
        int raft = consecutive(first + 3);
        int second = consecutive(raft + 3);
        Process dev = start("dev", "dev", "--data", data.toString(), "--port", "" + first, "--raft-port", "" + raft);
        awaitOutput(dev, "dev", "bootstrap: ");
        assertThat(Files.readString(output("dev"))).contains("3 nodes are up");
        assertThat(run(first, NO_INPUT, "topic", "create", "t").exitValue()).isZero();

        // when
        assertThat(run(first, lines, "produce", "t", "-k", ":").exitValue()).isZero();
        stopInOrder(dev);
        Process again = start("again", "dev", "--data", data.toString(), "--port", "" + second, "--host", "0.0.0.0");
        awaitOutput(again, "again", "bootstrap: ");

        // then
        Process consumed = run(second, NO_INPUT, "consume", "t", "-k", ":");
        assertThat(consumed.exitValue()).isZero();
        assertThat(Files.readAllBytes(output("consume"))).isEqualTo(lines);
        assertThat(run(second, NO_INPUT, "topic", "delete-records", "t", "-p", "0", "--before", "1")
                        .exitValue())
                .isZero();
        assertThat(Files.readString(output("topic"))).isEqualToIgnoringNewLines("t-0 begins at offset 1");
        Process doctor = start("doctor", "doctor", "listeners", "127.0.0.2:" + second);
        assertThat(exitCode(doctor)).isZero();
        assertThat(Files.readString(output("doctor"))).contains("gets to all 3 nodes", "127.0.0.2:" + (second + 2));
        assertFailsAtOnce(second, "topic delete-records", "t -p 7 --before 1", "no partition 7");
        assertFailsAtOnce(second, "topic delete-records", "t -p 0 --before 3", "offset");
        assertThat(run(second, lines, "produce", "new").exitValue()).isZero();
        assertThat(Files.readString(errors("produce"))).contains("created new");
        assertThat(run(second, lines, "produce", "new").exitValue()).isZero();
        assertThat(Files.readString(errors("produce"))).doesNotContain("created");
        assertFailsAtOnce(second, "consume", "unknown", "there is no topic 'unknown'");
        assertFailsAtOnce(second, "topic describe", "unknown", "there is no topic 'unknown'");
        assertFailsAtOnce(second, "consume", "t -p 7", "no partition 7");
        Process twice = start(
                "twice",
                "server",
                "--config",
                data.resolve("node-1").resolve("server.properties").toString());
        assertThat(exitCode(twice)).isEqualTo(1);
        assertThat(Files.readString(errors("twice")))
                .contains("another broker process uses it")
                .hasLineCount(1);
        stopInOrder(again);
    }

    @Test
    void shouldPassTheDemoAndLeaveNothing() throws Exception {
        // given
        Path file = directory.resolve("input");
        Files.writeString(file, "one\ntwo\n\nfour");

        // when
        Process demo = start("demo", "demo", file.toString());
        int code = exitCode(demo);

        // then
        assertThat(Files.readString(output("demo"))).contains("input: " + file, "PASSED", "byte-identical");
        assertThat(code).isZero();
        assertNothingIsLeft(List.of());
    }

    @Test
    void shouldLeaveNothingWhenTheDemoIsStopped() throws Exception {
        // given: in the middle of its start
        Process demo = start("demo", "demo");
        await().atMost(TestCluster.LIMIT).until(() -> demo.descendants().count() >= 2);
        List<ProcessHandle> brokers = demo.descendants().toList();

        // when
        stopInOrder(demo);

        // then
        assertNothingIsLeft(brokers);
    }

    /** As Ctrl-C does, which a process that was started in the background need not hear. */
    private static void stopInOrder(Process process) throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        exitCode(process);
        await().atMost(TestCluster.LIMIT).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    private void assertNothingIsLeft(List<ProcessHandle> brokers) throws IOException {
        await().atMost(TestCluster.LIMIT).until(() -> brokers.stream().noneMatch(ProcessHandle::isAlive));
        try (Stream<Path> left = Files.list(temporary())) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("oarlog-demo-")))
                    .isEmpty();
        }
    }

    private void assertFailsAtOnce(int port, String command, String arguments, String reason) throws Exception {
        List<String> all = new ArrayList<>(List.of(command.split(" ")));
        all.addAll(List.of(arguments.split(" ")));
        Process failed = run(port, new byte[] {'a', '\n'}, all.toArray(String[]::new));
        assertThat(failed.exitValue()).as(command).isEqualTo(1);
        assertThat(Files.readString(errors(all.get(0)))).contains(reason).hasLineCount(1);
    }

    /** The first of three ports that nobody listens on. */
    private static int consecutive(int from) {
        for (int port = from; port < 32_000; port++) {
            if (ClusterPorts.isFree(port) && ClusterPorts.isFree(port + 1) && ClusterPorts.isFree(port + 2)) {
                return port;
            }
        }
        throw new AssertionError("no three ports in a row from " + from);
    }

    private Process run(int port, byte[] input, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-b", "127.0.0.1:" + port));
        Process process = start(arguments[0], all.toArray(String[]::new));
        process.getOutputStream().write(input);
        process.getOutputStream().close();
        exitCode(process);
        return process;
    }

    private Process start(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(TestCluster.SHORT_LIVED_JVM);
        command.addAll(ProgramCode.jvmArguments());
        command.addAll(List.of(
                "-Djava.io.tmpdir=" + temporary(), "-Dlogback.configurationFile=logback.xml", Oarlog.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(output(name).toFile())
                .redirectError(errors(name).toFile())
                .start();
        started.add(process);
        return process;
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(TestCluster.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        return process.exitValue();
    }

    private Path output(String name) {
        return directory.resolve(name + ".out");
    }

    private Path errors(String name) {
        return directory.resolve(name + ".err");
    }

    private Path temporary() throws IOException {
        return Files.createDirectories(directory.resolve("tmp"));
    }

    private void awaitOutput(Process process, String name, String text) {
        await().atMost(TestCluster.LIMIT).until(() -> {
            assertThat(process.isAlive()).as(name).isTrue();
            try {
                return Files.readString(output(name)).contains(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
