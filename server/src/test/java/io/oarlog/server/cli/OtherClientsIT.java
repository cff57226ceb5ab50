package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that people have: older ones of Kafka's own, Spring Kafka, KafkaJS, kafka-python. Each in a process of its own, all at a time, with
 * groups that one node coordinates, which is killed.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OtherClientsIT {
    private static final int PARTITIONS = 4;
    private static final int RECORDS = 500;
    /** Of {@code __consumer_offsets}. */
    private static final int OFFSETS_PARTITIONS = 8;

    private static final Duration LONGEST_WITHOUT_OWNER =
            Duration.ofSeconds(Integer.getInteger("oarlog.group.gap.seconds", 5));
    private static final List<String> JAVA_CLIENTS = List.of("2.8.2", "3.9.1");
    private static final Path SCRIPTS = Path.of("src", "test", "resources", "clients");
    private static final Path NODE_MODULES = Path.of("..", "target", "kafkajs", "node_modules");
    /** Debian's: its kafka-python belongs to it. */
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    Path directory;

    private final List<String> missing = new ArrayList<>();

    @Test
    void shouldGoOnWhenTheCoordinatorOfTheirGroupsIsKilled() throws Exception {
        Map<String, String> settings = Map.of("group.initial.rebalance.delay.ms", "0");
        try (TestCluster cluster = TestCluster.start(directory, settings)) {
            // given: all of them have joined and have consumed what they produced
            Map<String, ClientProgram> programs = start(cluster);
            try {
                for (Map.Entry<String, ClientProgram> each : programs.entrySet()) {
                    assertThat(each.getValue().await("cluster ")).isEqualTo("3 brokers, " + PARTITIONS + " partitions");
                    each.getValue().await("joined");
                }
                produceAndConsume(programs);

                // when
                int coordinator = coordinator(cluster, programs.keySet());
                cluster.kill(coordinator);
                produceAndConsume(programs);
                cluster.start(coordinator);
                produceAndConsume(programs);

                // then
                for (Map.Entry<String, ClientProgram> each : programs.entrySet()) {
                    ClientProgram program = each.getValue();
                    program.say("end");
                    if (JAVA_CLIENTS.stream().anyMatch(each.getKey()::startsWith)) {
                        assertThat(Duration.ofMillis(Long.parseLong(program.await("gap "))))
                                .as(each.getKey())
                                .isLessThan(LONGEST_WITHOUT_OWNER);
                    }
                    assertThat(program.await("committed ")).as(each.getKey()).isEqualTo(String.valueOf(3 * RECORDS));
                    program.awaitEnd();
                }
            } finally {
                programs.values().forEach(ClientProgram::close);
            }
        }
        assumeThat(missing)
                .as("clients that are not installed, the others passed")
                .isEmpty();
    }

    private static void produceAndConsume(Map<String, ClientProgram> programs) throws Exception {
        for (ClientProgram program : programs.values()) {
            program.say("produce " + RECORDS);
            program.say("consume " + RECORDS);
        }
        for (ClientProgram program : programs.values()) {
            program.await("produced " + RECORDS);
            program.await("consumed " + RECORDS);
        }
    }

    private Map<String, ClientProgram> start(TestCluster cluster) throws Exception {
        Map<String, ClientProgram> programs = new LinkedHashMap<>();
        for (String version : JAVA_CLIENTS) {
            for (Class<?> assignor : List.of(RangeAssignor.class, CooperativeStickyAssignor.class)) {
                String name = version + "-" + assignor.getSimpleName();
                ClientProgram program =
                        start(cluster, name, Map.of(), olderClient(version), List.of(assignor.getName()));
                programs.put(name, program);
                assertThat(program.await("version ")).isEqualTo(version);
            }
        }
        for (String protocol : List.of("classic", "consumer")) {
            String name = "spring-" + protocol;
            programs.put(
                    name,
                    start(
                            cluster,
                            name,
                            Map.of(),
                            java(System.getProperty("java.class.path"), SpringProgram.class),
                            List.of(protocol)));
        }
        if (Files.isDirectory(NODE_MODULES)) {
            Map<String, String> environment =
                    Map.of("NODE_PATH", NODE_MODULES.toAbsolutePath().toString());
            List<String> command = List.of("node", SCRIPTS.resolve("group.js").toString());
            programs.put("kafkajs", start(cluster, "kafkajs", environment, command, List.of()));
        } else {
            missing.add("KafkaJS: npm install --prefix target/kafkajs kafkajs@2.2.4");
        }
        if (hasKafkaPython()) {
            List<String> command = List.of(PYTHON, SCRIPTS.resolve("group.py").toString());
            programs.put("python", start(cluster, "python", Map.of(), command, List.of()));
        } else {
            missing.add("kafka-python: apt-get install python3-kafka");
        }
        return programs;
    }

    private static boolean hasKafkaPython() throws IOException, InterruptedException {
        return Files.isExecutable(Path.of(PYTHON))
                && new ProcessBuilder(PYTHON, "-c", "import kafka")
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
    }

    private static ClientProgram start(
            TestCluster cluster,
            String name,
            Map<String, String> environment,
            List<String> program,
            List<String> arguments)
            throws IOException {
        cluster.createTopic(name, PARTITIONS);
        cluster.awaitLeader(name, -1);
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(cluster.bootstrap(), name, group(name)));
        command.addAll(arguments);
        return ClientProgram.start(name, command, environment);
    }

    /** Its jar, and of this test's class path what is not Kafka's. */
    private static List<String> olderClient(String version) {
        String jar = Path.of("target", "older-clients", "kafka-clients-" + version + ".jar")
                .toAbsolutePath()
                .toString();
        String others = Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("kafka-"))
                .collect(Collectors.joining(File.pathSeparator));
        return java(jar + File.pathSeparator + others, OlderClient.class);
    }

    private static List<String> java(String classPath, Class<?> program) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                classPath,
                program.getName());
    }

    /** All groups have the same partition of the offsets topic, and so one coordinator. */
    private static String group(String name) {
        return IntStream.range(0, 1_000)
                .mapToObj(i -> name + "-" + i)
                .filter(group -> Math.floorMod(group.hashCode(), OFFSETS_PARTITIONS) == 0)
                .findFirst()
                .orElseThrow();
    }

    private static int coordinator(TestCluster cluster, Iterable<String> names) throws Exception {
        List<Integer> coordinators = new ArrayList<>();
        for (String name : names) {
            coordinators.add(cluster.coordinator(group(name)));
        }
        assertThat(coordinators).containsOnly(coordinators.get(0));
        return coordinators.get(0);
    }
}
