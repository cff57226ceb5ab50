package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kcat, which is librdkafka, against the cluster that {@code oarlog dev} runs. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KcatIT {
    private static final String TOPIC = "kcat";

    @TempDir
    Path directory;

    @BeforeEach
    void needKcat() {
        boolean isInstalled = Arrays.stream(
                        System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "kcat")));
        assumeThat(isInstalled)
                .as("kcat is not installed; on Debian: apt-get install kcat")
                .isTrue();
    }

    @Test
    void shouldListProduceAndConsume() throws Exception {
        try (TestCluster cluster = TestCluster.start(directory.resolve("cluster"))) {
            // given
            cluster.createTopic(TOPIC, 2);
            cluster.awaitLeader(TOPIC, -1);
            Path input = directory.resolve("input");
            String lines =
                    IntStream.range(0, 1_000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
            Files.writeString(input, lines);

            // when
            String listed = kcat(cluster, "-L", "-t", TOPIC);
            kcat(cluster, "-P", "-t", TOPIC, "-p", "1", "-z", "snappy", "-l", input.toString());
            String consumed = kcat(cluster, "-C", "-t", TOPIC, "-p", "1", "-o", "beginning", "-e", "-q");
            String tail = kcat(cluster, "-C", "-t", TOPIC, "-p", "1", "-o", "990", "-e", "-q", "-f", "%o:%s\n");

            // then
            assertThat(listed).contains("3 brokers", "topic \"" + TOPIC + "\" with 2 partitions");
            assertThat(consumed).isEqualTo(lines);
            assertThat(tail).startsWith("990:line 990\n").endsWith("999:line 999\n");
        }
    }

    @Test
    void shouldGoOnWhereItsGroupHadCommittedWhenTheCoordinatorIsKilled() throws Exception {
        Map<String, String> settings = Map.of("group.initial.rebalance.delay.ms", "0");
        try (TestCluster cluster = TestCluster.start(directory.resolve("cluster"), settings)) {
            // given
            cluster.createTopic(TOPIC, 2);
            cluster.awaitLeader(TOPIC, -1);
            produce(cluster, "first\n");

            // when
            String before = kcat(cluster, "-G", "group", "-X", "auto.offset.reset=earliest", "-e", "-q", TOPIC);
            cluster.kill(cluster.coordinator("group"));
            produce(cluster, "second\n");
            String after = kcat(cluster, "-G", "group", "-X", "auto.offset.reset=earliest", "-e", "-q", TOPIC);

            // then
            assertThat(before).isEqualTo("first\n");
            assertThat(after).isEqualTo("second\n");
        }
    }

    private void produce(TestCluster cluster, String lines) throws IOException, InterruptedException {
        Path input = directory.resolve("input");
        Files.writeString(input, lines);
        kcat(cluster, "-P", "-t", TOPIC, "-l", input.toString());
    }

    private String kcat(TestCluster cluster, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", cluster.bootstrap()));
        command.addAll(List.of(arguments));
        Path errors = directory.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(TestCluster.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(process.exitValue())
                .as("%s: %s", command, Files.readString(errors))
                .isZero();
        return output;
    }
}
