package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.tools.BrokerApiVersionsCommand;
import org.apache.kafka.tools.ClusterTool;
import org.apache.kafka.tools.ConfigCommand;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.ConsumerPerformance;
import org.apache.kafka.tools.DeleteRecordsCommand;
import org.apache.kafka.tools.GetOffsetShell;
import org.apache.kafka.tools.LeaderElectionCommand;
import org.apache.kafka.tools.LogDirsCommand;
import org.apache.kafka.tools.MetadataQuorumCommand;
import org.apache.kafka.tools.ProducerPerformance;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.TransactionsCommand;
import org.apache.kafka.tools.VerifiableConsumer;
import org.apache.kafka.tools.VerifiableProducer;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command-line tools that come with Apache Kafka, as their scripts run them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KafkaToolsIT {
    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(
                directory, Map.of("group.initial.rebalance.delay.ms", "0", "auto.create.topics.enable", "true"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** Runs a tool on the cluster; it has to end with status 0. Returns what it printed, errors too. */
    private static String run(Class<?> tool, String... arguments) throws Exception {
        return run("", tool, arguments);
    }

    private static String run(String input, Class<?> tool, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bootstrap-server", cluster.bootstrap()));
        return runAsGiven(input, tool, all);
    }

    private static String runAsGiven(String input, Class<?> tool, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-Dlogback.configurationFile=broker-logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                tool.getName()));
        command.addAll(arguments);
        Path printed = Files.createTempFile(directory, "tool-", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        boolean hasEnded = process.waitFor(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(printed);
        assertThat(hasEnded).as("%s printed: %s", command, text).isTrue();
        assertThat(process.exitValue()).as("%s printed: %s", command, text).isZero();
        return text;
    }

    private static String quorum(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", cluster.bootstrap(), "describe"));
        all.addAll(List.of(arguments));
        return runAsGiven("", MetadataQuorumCommand.class, all);
    }

    @Test
    void shouldShowTheMembersOfTheMetadata() throws Exception {
        assertThat(quorum("--status"))
                .containsPattern("LeaderId: +[123]\\n")
                .containsPattern("CurrentVoters:.*\"id\": 1.*\"id\": 2.*\"id\": 3");
        assertThat(quorum("--replication").lines())
                .filteredOn(line -> line.contains("Follower"))
                .hasSize(2);
    }

    /** Any broker may be asked, also one that has not heard of a change yet. */
    private static void eventually(ThrowingRunnable assertion) {
        await().atMost(LocalCluster.LIMIT).pollDelay(Duration.ZERO).untilAsserted(assertion);
    }

    @Test
    void shouldCreateDescribeAlterAndDeleteTopics() throws Exception {
        run(TopicCommand.class, "--create", "--topic", "t", "--partitions", "2", "--replication-factor", "3");
        eventually(() -> assertThat(run(TopicCommand.class, "--list").lines()).contains("t"));
        run(TopicCommand.class, "--alter", "--topic", "t", "--partitions", "4");
        eventually(() -> assertThat(run(TopicCommand.class, "--describe", "--topic", "t"))
                .contains("PartitionCount: 4", "ReplicationFactor: 3", "Partition: 3"));
        eventually(() -> assertThat(run(TopicCommand.class, "--describe", "--unavailable-partitions", "--topic", "t"))
                .doesNotContain("Partition: "));
        run(TopicCommand.class, "--delete", "--topic", "t");
        eventually(() -> assertThat(run(TopicCommand.class, "--list").lines()).doesNotContain("t"));
    }

    @Test
    void shouldProduceConsumeAndTellTheGroupsProgress() throws Exception {
        // given
        cluster.createTopic("lines", 1);
        run(
                "a:1\nb:2\nc:3\n",
                ConsoleProducer.class,
                "--topic",
                "lines",
                "--reader-property",
                "parse.key=true",
                "--reader-property",
                "key.separator=:");

        // when
        String consumed = run(
                ConsoleConsumer.class,
                "--topic",
                "lines",
                "--group",
                "readers",
                "--from-beginning",
                "--max-messages",
                "2",
                "--timeout-ms",
                "60000",
                "--formatter-property",
                "print.key=true");

        // then
        assertThat(consumed).contains("a\t1", "b\t2").doesNotContain("c\t3");
        assertThat(run(ConsumerGroupCommand.class, "--list").lines()).contains("readers");
        assertThat(run(ConsumerGroupCommand.class, "--describe", "--group", "readers"))
                .containsPattern("readers +lines +0 +2 +3 +1 ");
        assertThat(run(ConsumerGroupCommand.class, "--describe", "--group", "readers", "--state"))
                .contains("Empty");
        assertThat(run(
                        ConsumerGroupCommand.class,
                        "--reset-offsets",
                        "--group",
                        "readers",
                        "--topic",
                        "lines",
                        "--to-earliest",
                        "--execute"))
                .containsPattern("readers +lines +0 +0");
        assertThat(run(ConsumerGroupCommand.class, "--describe", "--group", "readers"))
                .containsPattern("readers +lines +0 +0 +3 +3 ");
        run(ConsumerGroupCommand.class, "--delete", "--group", "readers");
        assertThat(run(ConsumerGroupCommand.class, "--list").lines()).doesNotContain("readers");
    }

    @Test
    void shouldShowAndChangeSettings() throws Exception {
        cluster.createTopic("set", 1);
        String[] topic = {"--entity-type", "topics", "--entity-name", "set"};
        run(ConfigCommand.class, with(topic, "--alter", "--add-config", "retention.ms=86400000,segment.bytes=1048576"));
        eventually(() -> assertThat(run(ConfigCommand.class, with(topic, "--describe")))
                .contains("retention.ms=86400000", "segment.bytes=1048576", "DEFAULT_CONFIG:retention.ms=604800000"));
        run(ConfigCommand.class, with(topic, "--alter", "--delete-config", "retention.ms"));
        eventually(() -> assertThat(run(ConfigCommand.class, with(topic, "--describe")))
                .doesNotContain("retention.ms=86400000")
                .contains("segment.bytes=1048576"));
        assertThat(run(ConfigCommand.class, "--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"))
                .contains("log.retention.ms=604800000");
    }

    private static String[] with(String[] first, String... more) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void shouldTellAndDeleteOffsets() throws Exception {
        cluster.createTopic("cut", 1);
        run("1\n2\n3\n4\n", ConsoleProducer.class, "--topic", "cut");
        assertThat(run(GetOffsetShell.class, "--topic", "cut").lines()).contains("cut:0:4");
        Path offsets = directory.resolve("offsets.json");
        Files.writeString(offsets, "{\"version\":1,\"partitions\":[{\"topic\":\"cut\",\"partition\":0,\"offset\":3}]}");
        assertThat(run(DeleteRecordsCommand.class, "--offset-json-file", offsets.toString()))
                .contains("low_watermark: 3");
        assertThat(run(GetOffsetShell.class, "--topic", "cut", "--time", "earliest")
                        .lines())
                .contains("cut:0:3");
        assertThat(run(GetOffsetShell.class, "--topic", "cut", "--time", "max-timestamp")
                        .lines())
                .contains("cut:0:3");
    }

    @Test
    void shouldMeasure() throws Exception {
        assertThat(run(
                        ProducerPerformance.class,
                        "--topic",
                        "measured",
                        "--num-records",
                        "2000",
                        "--record-size",
                        "100",
                        "--throughput",
                        "-1"))
                .contains("2000 records sent", "99.9th");
        assertThat(run(ConsumerPerformance.class, "--topic", "measured", "--num-records", "2000", "--hide-header"))
                .containsPattern(", 2000, ");
    }

    @Test
    void shouldVerify() throws Exception {
        assertThat(run(VerifiableProducer.class, "--topic", "verified", "--max-messages", "50"))
                .contains("\"acked\":50");
        assertThat(run(
                        VerifiableConsumer.class,
                        "--topic",
                        "verified",
                        "--group-id",
                        "verifiers",
                        "--max-messages",
                        "50"))
                .contains("offsets_committed", "\"offset\":50");
    }

    @Test
    void shouldDescribeTheCluster() throws Exception {
        cluster.createTopic("described", 1);
        assertThat(run(BrokerApiVersionsCommand.class)).contains("CreatePartitions", "(id: 3 rack: null");
        assertThat(run(LogDirsCommand.class, "--describe", "--topic-list", "described"))
                .contains("described-0");
        assertThat(run(LeaderElectionCommand.class, "--election-type", "preferred", "--all-topic-partitions"))
                .doesNotContain("Error");
        assertThat(runAsGiven("", ClusterTool.class, List.of("cluster-id", "--bootstrap-server", cluster.bootstrap())))
                .contains("Cluster ID: ");
        run("1\n", ConsoleProducer.class, "--topic", "described");
        assertThat(runAsGiven(
                        "",
                        TransactionsCommand.class,
                        List.of(
                                "--bootstrap-server",
                                cluster.bootstrap(),
                                "describe-producers",
                                "--topic",
                                "described",
                                "--partition",
                                "0")))
                .contains("ProducerId", "LastSequence");
    }
}
