package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.server.embedded.ClusterPorts;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the image is made of, without Docker: a node with settings in its environment, and the script that tells how it is. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HealthCheckIT {
    private static final Path SCRIPT = Path.of("..", "docker", "health").toAbsolutePath();
    private static final int TERMINATED = 128 + 15;

    @TempDir
    Path directory;

    /** What the script said, and its exit code. */
    private record Health(int exitCode, String words) {
        boolean isWell() {
            return exitCode == 0;
        }
    }

    @Test
    void shouldFollowANodeThatHasItsSettingsFromTheEnvironment() throws Exception {
        // given
        List<Integer> ports = ClusterPorts.free(2, RandomGenerator.getDefault());
        Map<String, String> environment = Map.of(
                "OARLOG_NODE_ID", "4",
                "OARLOG_CLUSTER_NODES", "4@127.0.0.1:" + ports.get(0),
                "OARLOG_LISTENER", "inside=0.0.0.0:" + ports.get(1));
        Process node = start(environment);
        try {
            // when, then
            await().atMost(TestCluster.LIMIT).until(() -> health(environment).isWell());
            assertThat(health(environment).words())
                    .isEqualTo("well: 0.0.0.0:" + ports.get(1) + " answers, node 4 leads the metadata\n");

            signal(node, "STOP");
            assertThat(health(environment))
                    .isEqualTo(unwell("0.0.0.0:" + ports.get(1) + " does not answer within 3 s"));

            signal(node, "CONT");
            await().atMost(TestCluster.LIMIT).until(() -> health(environment).isWell());

            node.destroy();
            assertThat(node.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(node.exitValue()).isEqualTo(TERMINATED);
            assertThat(health(environment)).isEqualTo(unwell("0.0.0.0:" + ports.get(1) + " cannot be connected to"));
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void shouldTellOfANodeWithoutMajority() throws Exception {
        try (LocalBrokers brokers = new LocalBrokers(directory, 3, (started, node) -> Map.of())) {
            // given
            brokers.startAll();
            brokers.awaitReady(TestCluster.LIMIT);
            String address = "127.0.0.1:" + brokers.kafkaPort(1);
            assertThat(health(Map.of(), address).isWell()).isTrue();

            // when
            brokers.stop(2);
            brokers.stop(3);

            // then
            await().atMost(TestCluster.LIMIT)
                    .until(() -> !health(Map.of(), address).isWell());
            assertThat(health(Map.of(), address))
                    .isEqualTo(unwell(
                            address + " answers, but knows no leader of the metadata: is there a majority of nodes?"));

            // when: started again it waits for the others
            brokers.stop(1);
            brokers.start(1);

            // then
            assertThat(health(Map.of(), address).words()).contains(address + " closes connections");
        }
    }

    @Test
    void shouldNotTakeAnotherServerForANode() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // given
            var unused = CompletableFuture.runAsync(() -> answer(server));
            String address = "127.0.0.1:" + server.getLocalPort();

            // when, then
            assertThat(health(Map.of(), address))
                    .isEqualTo(unwell(address + " gives another answer than a node of Oarlog"));
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket client = server.accept()) {
            client.getOutputStream()
                    .write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Process start(Map<String, String> environment) throws IOException {
        Path common = directory.resolve("common.properties");
        Files.writeString(common, "node.id=1\nlistener=127.0.0.1:1\ndata.dir=" + directory.resolve("data") + "\n");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(TestCluster.SHORT_LIVED_JVM);
        command.addAll(ProgramCode.jvmArguments());
        command.addAll(List.of(Oarlog.class.getName(), "server", "--config", common.toString(), "--environment"));
        ProcessBuilder process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("node.log").toFile());
        process.environment().putAll(environment);
        return process.start();
    }

    private static Health unwell(String why) {
        return new Health(1, "unwell: " + why + "\n");
    }

    private static Health health(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Health(process.waitFor(), words);
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
