package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oarlog.server.LocalCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands against a cluster that is up; each test has topics and groups of its own. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class OnlineCommandsIT {
    /** Between the timestamps of two records. */
    private static final long STEP_MILLIS = 100_000;

    @TempDir
    static Path directory;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = LocalCluster.start(
                directory,
                Map.of(
                        "group.initial.rebalance.delay.ms", "0",
                        "group.consumer.heartbeat.interval.ms", "500"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void shouldNotCreateTheTopicThatItIsToProduceToWhereTheBrokersDoNot() {
        CommandRun run = fed("v\n", "produce", "unknown");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "oarlog: there is no topic 'unknown'; create it with: oarlog topic create unknown");
        assertThat(run("topic", "list").out()).doesNotContain("unknown");
    }

    @Test
    void shouldTellTheLagInRecordsAndSeconds() throws Exception {
        // given: ten records, the oldest 1,000 s old, and four of them read
        cluster.createTopic("lagging", 2);
        long now = System.currentTimeMillis();
        send("lagging", 0, now - 10 * STEP_MILLIS, 10);
        send("lagging", 1, now - 10 * STEP_MILLIS, 3);
        commit("lag", "lagging", 0, 4);
        commit("lag", "lagging", 1, 3);

        // when
        CommandRun run = run("group", "describe", "lag", "-o", "json");

        // then: the fifth is the first that is not read
        assertThat(run.exitCode()).isZero();
        JsonNode behind = run.json().at("/partitions/0");
        JsonNode upToDate = run.json().at("/partitions/1");
        assertThat(behind.get("lagRecords").longValue()).isEqualTo(6);
        assertThat(behind.get("lagSeconds").doubleValue()).isBetween(600.0, 699.0);
        assertThat(upToDate.get("lagRecords").longValue()).isZero();
        assertThat(upToDate.get("lagSeconds").doubleValue()).isZero();
        assertThat(run.json().get("lagRecords").longValue()).isEqualTo(6);
        assertThat(run.json().get("lagSeconds")).isEqualTo(behind.get("lagSeconds"));
        assertThat(run.json().get("state").textValue()).isEqualTo("Empty");
        String table = run("group", "describe", "lag").out();
        assertThat(table.lines())
                .anyMatch(line -> line.matches("lagging +0 +4 +0 +10 +6 +6\\d\\d\\.\\d +-"))
                .anyMatch(line -> line.matches("lagging +1 +3 +0 +3 +0 +0\\.0 +-"));
    }

    @Test
    void shouldNotCountWhatTheLogNoLongerHas() throws Exception {
        // given: two records were read, five are deleted
        cluster.createTopic("shortened", 1);
        send("shortened", 0, System.currentTimeMillis() - 10 * STEP_MILLIS, 10);
        commit("late", "shortened", 0, 2);
        assertThat(run("topic", "delete-records", "shortened", "-p", "0", "--before", "7")
                        .exitCode())
                .isZero();

        // when
        JsonNode partition = run("group", "describe", "late", "--json").json().at("/partitions/0");

        // then
        assertThat(partition.get("logStart").longValue()).isEqualTo(7);
        assertThat(partition.get("lagRecords").longValue()).isEqualTo(3);
        assertThat(partition.get("lagSeconds").doubleValue()).isBetween(300.0, 399.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void shouldShowMembersAndRefuseToChangeTheirGroup(String protocol) {
        // given
        String topic = "read-by-" + protocol;
        String group = "reads-" + protocol;
        cluster.createTopic(topic, 2);
        try (KafkaConsumer<byte[], byte[]> member = member(protocol, group)) {
            member.subscribe(List.of(topic));
            await().atMost(LocalCluster.LIMIT).until(() -> {
                member.poll(Duration.ofMillis(50));
                return member.assignment().size() == 2;
            });

            // when
            CommandRun described = run("group", "describe", group);
            CommandRun listed = run("group", "list", "-o", "json");
            CommandRun planned = run("group", "reset-offsets", group, "-t", topic, "--to-earliest");
            CommandRun refused = run("group", "reset-offsets", group, "-t", topic, "--to-earliest", "--execute");
            CommandRun deleted = run("group", "delete", group);

            // then
            assertThat(described.out()).contains("1 member,", "the-member at 127.0.0.1", "type " + protocol);
            assertThat(listed.json())
                    .anyMatch(g -> g.get("group").textValue().equals(group)
                            && g.get("type").textValue().equals(protocol)
                            && g.get("state").textValue().equals("Stable"));
            assertThat(planned.exitCode()).isZero();
            assertThat(planned.err()).contains("stop it before --execute").hasLineCount(1);
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.out()).isEmpty();
            assertThat(refused.err())
                    .contains("has 1 member (the-member at 127.0.0.1)", "stop it and try again", "nothing is changed")
                    .hasLineCount(1);
            assertThat(deleted.exitCode()).isEqualTo(1);
            assertThat(deleted.err()).contains("has members", "stop them").hasLineCount(1);
        }
    }

    @Test
    void shouldResetOnlyWhenToldTo() throws Exception {
        // given
        cluster.createTopic("reset", 2);
        long first = System.currentTimeMillis() - 10 * STEP_MILLIS;
        send("reset", 0, first, 10);
        send("reset", 1, first, 4);
        commit("resetting", "reset", 0, 6);
        commit("resetting", "reset", 1, 1);

        // when
        CommandRun planned = reset("-t", "reset", "--to-earliest");

        // then
        assertThat(planned.exitCode()).isZero();
        assertThat(planned.out()).contains("nothing is changed yet; add --execute");
        assertThat(planned.out().lines()).anyMatch(line -> line.matches("reset +0 +6 +0 +10"));
        assertThat(committed()).isEqualTo(Map.of(0, 6L, 1, 1L));

        // when: each way
        String third = Instant.ofEpochMilli(first + 3 * STEP_MILLIS - 1).toString();
        assertThat(resetTo("-t", "reset:0", "--to-time", third)).isEqualTo(Map.of(0, 3L, 1, 1L));
        assertThat(resetTo("--all-topics", "--shift-by", "-1")).isEqualTo(Map.of(0, 2L, 1, 0L));
        assertThat(resetTo("-t", "reset:1", "-t", "reset:0", "--to-offset", "5"))
                .isEqualTo(Map.of(0, 5L, 1, 4L));
        assertThat(resetTo("-t", "reset", "--to-earliest")).isEqualTo(Map.of(0, 0L, 1, 0L));
        assertThat(resetTo("-t", "reset", "--to-latest")).isEqualTo(Map.of(0, 10L, 1, 4L));
        assertThat(resetTo("-t", "reset:0", "--to-time", "" + (first + 9 * STEP_MILLIS + 1)))
                .isEqualTo(Map.of(0, 10L, 1, 4L));

        // then: and says where an offset was moved into the log
        JsonNode moved =
                reset("-t", "reset:1", "--shift-by", "-9", "-o", "json").json();
        assertThat(moved.get("executed").booleanValue()).isFalse();
        assertThat(moved.at("/changes/0/next").longValue()).isZero();
        assertThat(moved.at("/changes/0/lagRecords").longValue()).isEqualTo(4);
        assertThat(moved.at("/changes/0/note").textValue()).isEqualTo("-5 is before the log's start");
    }

    @Test
    void shouldMakeAndDeleteAGroup() throws Exception {
        // given
        cluster.createTopic("made", 1);
        send("made", 0, System.currentTimeMillis(), 2);

        // when, then
        assertThat(run("group", "reset-offsets", "maker", "-t", "made", "--to-latest", "--execute")
                        .out())
                .contains("group maker goes on at the new offsets");
        assertThat(run("group", "list").out()).contains("maker");
        assertThat(run("group", "delete", "maker").out()).contains("deleted group maker");
        assertThat(run("group", "list").out()).doesNotContain("maker");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group describe nobody",
                "group delete nobody",
                "group reset-offsets nobody -t nothing --to-latest",
                "group reset-offsets nobody --all-topics --to-latest"
            })
    void shouldSayInOneLineWhatIsNotThere(String arguments) {
        CommandRun run = run(arguments.split(" "));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .containsPattern("there is no (group|topic)|has committed nothing")
                .containsPattern("oarlog (group list|topic create)|-t TOPIC")
                .hasLineCount(1);
    }

    @Test
    void shouldPrintRecordsInTheFormatThatIsAskedFor() throws Exception {
        // given
        cluster.createTopic("printed", 2);
        long first = System.currentTimeMillis() - 10 * STEP_MILLIS;
        send("printed", 0, first, 5);
        CommandRun produced = fed("k9=v9\n", "produce", "printed", "-p", "1", "-k", "=", "-H", "a=1", "-H", "b=x=y");
        assertThat(produced.exitCode()).as(produced.err()).isZero();

        // when, then: from each kind of start
        assertThat(consume("-p", "0", "-o", "-2", "-f", "%p/%o %T %k=%v (%K,%S)\\n")
                        .out())
                .isEqualTo("0/3 " + (first + 3 * STEP_MILLIS) + " k3=v3 (2,2)\n0/4 " + (first + 4 * STEP_MILLIS)
                        + " k4=v4 (2,2)\n");
        assertThat(consume("-p", "0", "-o", "@" + (first + STEP_MILLIS + 1), "-n", "1")
                        .out())
                .isEqualTo("v2\n");
        assertThat(consume("-p", "0", "-o", "@" + (first + 9 * STEP_MILLIS)).out())
                .isEmpty();
        assertThat(consume("-p", "0", "-o", "4").out()).isEqualTo("v4\n");
        assertThat(consume("-p", "0", "-o", "end").out()).isEmpty();
        assertThat(consume("-o", "-1", "-k", ":").out().lines()).containsExactlyInAnyOrder("k4:v4", "k9:v9");
        assertThat(consume("-p", "1", "-f", "%t %h%%\\x0a").out()).isEqualTo("printed a=1,b=x=y%\n");

        // then
        JsonNode line = consume("-p", "1", "--json").json();
        assertThat(line.get("key").textValue()).isEqualTo("k9");
        assertThat(line.at("/headers/1/name").textValue()).isEqualTo("b");
        assertThat(line.at("/headers/1/value").textValue()).isEqualTo("x=y");
        CommandRun outside = consume("-p", "0", "-o", "99", "--follow");
        assertThat(outside.exitCode()).isEqualTo(1);
        assertThat(outside.err()).contains("99", "-o beginning").hasLineCount(1);
    }

    private static CommandRun consume(String... arguments) {
        List<String> all = new ArrayList<>(List.of("consume", "printed"));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new));
    }

    @Test
    void shouldGoOnInAGroupBehindWhatItHasPrinted() throws Exception {
        // given
        cluster.createTopic("shared", 1);
        send("shared", 0, System.currentTimeMillis() - 10 * STEP_MILLIS, 5);

        // when
        CommandRun first = run("consume", "shared", "-g", "sharing", "-n", "2");
        CommandRun second = run("consume", "shared", "-g", "sharing");
        CommandRun third = run("consume", "shared", "-g", "sharing");

        // then: and it has left the group
        assertThat(first.out()).isEqualTo("v0\nv1\n");
        assertThat(second.out()).isEqualTo("v2\nv3\nv4\n");
        assertThat(third.out()).isEmpty();
        assertThat(third.exitCode()).isZero();
        JsonNode group = run("group", "describe", "sharing", "-o", "json").json();
        assertThat(group.get("members")).isEmpty();
        assertThat(group.get("lagRecords").longValue()).isZero();
    }

    @Test
    void shouldSendNoFasterThanItIsTold() {
        // given
        cluster.createTopic("paced", 1);

        // when
        CommandRun run = fed("1\n2\n3\n4\n5\n", "produce", "paced", "--rate", "10");

        // then: by their timestamps, the last is due four tenths of a second behind the first, however late that was
        assertThat(run.err()).contains("sent 5 records to paced");
        List<Long> timestamps = run("consume", "paced", "-f", "%T\\n")
                .out()
                .lines()
                .map(Long::valueOf)
                .toList();
        assertThat(timestamps).hasSize(5);
        assertThat(timestamps.get(4) - timestamps.get(0)).isBetween(200L, 5_000L);
    }

    @Test
    void shouldListTopicsInBothForms() {
        cluster.createTopic("listed", 1);

        assertThat(run("topic", "list").out().lines()).contains("listed");
        assertThat(run("topic", "list", "-o", "json").json())
                .anyMatch(name -> name.textValue().equals("listed"));
        assertThat(run("topic", "describe", "listed", "--json")
                        .json()
                        .get("name")
                        .textValue())
                .isEqualTo("listed");
    }

    @Test
    void shouldMeasureWhatItSendsAndReads() {
        // given
        cluster.createTopic("measured", 2);
        assertThat(run("bench", "consume", "measured").err()).contains("is empty", "oarlog bench produce");

        // when
        CommandRun produced = run("bench", "produce", "measured", "-n", "2000", "-s", "50", "-o", "json");
        CommandRun latency = run("bench", "latency", "measured", "-n", "100", "--rate", "200", "-o", "json");
        CommandRun consumed = run("bench", "consume", "measured", "-o", "json");

        // then
        assertThat(produced.json().get("records").longValue()).isEqualTo(2_000);
        assertThat(produced.json().get("bytes").longValue()).isEqualTo(100_000);
        assertThat(produced.json().at("/latencies/0/p50Millis").doubleValue()).isPositive();
        assertThat(latency.json().get("seconds").doubleValue()).isGreaterThan(0.49);
        double acknowledged = latency.json().at("/latencies/0/p50Millis").doubleValue();
        double readAfter = latency.json().at("/latencies/1/p50Millis").doubleValue();
        assertThat(acknowledged).isPositive();
        assertThat(readAfter).isPositive();
        assertThat(consumed.json().get("records").longValue()).isEqualTo(2_100);
        assertThat(consumed.json().get("bytes").longValue()).isEqualTo(100_000 + 100 * 100);
        assertThat(run("bench", "consume", "measured").out()).contains("2,100 records", "wait for records", "P99.9");
    }

    @Test
    void shouldTellWhyTheClusterIsNotHealthyAndThatItIsAgain() throws IOException {
        // given
        cluster.createTopic("watched", 3);
        CommandRun before =
                await().atMost(LocalCluster.LIMIT).until(() -> run("cluster", "status"), r -> r.exitCode() == 0);
        assertThat(before.out().lines().findFirst().orElseThrow()).startsWith("healthy: 3 nodes answer, ");
        assertThat(before.out().lines()).anyMatch(line -> line.matches("watched +3 +0 +0 +\\d+(-\\d+)?"));

        // when
        cluster.stop(3);
        try {
            CommandRun degraded = await().atMost(LocalCluster.LIMIT)
                    .until(
                            () -> CommandRun.of(
                                    "cluster", "status", "-o", "json", "-b", "127.0.0.1:" + cluster.port(1)),
                            r -> r.out().contains("node 3 is down")
                                    && !r.out().contains("without leader")
                                    && !r.out().contains("no leader of the metadata"));

            // then
            assertThat(degraded.exitCode()).isEqualTo(1);
            assertThat(degraded.json().get("healthy").booleanValue()).isFalse();
            assertThat(degraded.json().get("verdict").textValue())
                    .matches("degraded: node 3 is down; \\d+ of \\d+ partitions under-replicated");
            assertThat(degraded.json().get("nodes"))
                    .anyMatch(node -> node.get("id").intValue() == 3
                            && node.get("state").textValue().equals("down")
                            && node.get("leads").intValue() == 0
                            && node.get("replicas").intValue() >= 3);
            assertThat(degraded.json().get("partitions"))
                    .filteredOn(partition -> partition.get("topic").textValue().equals("watched"))
                    .hasSize(3)
                    .allMatch(partition -> partition.get("inSync").size() == 2
                            && partition.get("leaderEpoch").intValue() > 0);
        } finally {
            cluster.start(3);
            cluster.awaitBrokers(3);
        }

        // then
        await().atMost(LocalCluster.LIMIT).until(() -> run("cluster", "status").exitCode() == 0);
    }

    private static CommandRun reset(String... arguments) {
        List<String> all = new ArrayList<>(List.of("group", "reset-offsets", "resetting"));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new));
    }

    /** What is committed afterwards, by partition. */
    private static Map<Integer, Long> resetTo(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--execute");
        CommandRun run = reset(all.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return committed();
    }

    private static Map<Integer, Long> committed() {
        Map<Integer, Long> committed = new HashMap<>();
        run("group", "describe", "resetting", "-o", "json")
                .json()
                .get("partitions")
                .forEach(partition -> committed.put(
                        partition.get("partition").intValue(),
                        partition.get("committed").longValue()));
        return committed;
    }

    private static CommandRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-b", cluster.bootstrap()));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private static CommandRun fed(String input, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-b", cluster.bootstrap()));
        return CommandRun.fed(input, all.toArray(String[]::new));
    }

    /** Records whose timestamps are {@link #STEP_MILLIS} apart. */
    private static void send(String topic, int partition, long firstTimestamp, int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(
                        new ProducerRecord<>(topic, partition, firstTimestamp + i * STEP_MILLIS, "k" + i, "v" + i)));
            }
        }
        for (Future<RecordMetadata> acknowledged : sent) {
            acknowledged.get();
        }
    }

    private static void commit(String group, String topic, int partition, long offset) throws Exception {
        try (Admin admin = cluster.admin()) {
            admin.alterConsumerGroupOffsets(
                            group, Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)))
                    .all()
                    .get();
        }
    }

    private static KafkaConsumer<byte[], byte[]> member(String protocol, String group) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        "the-member",
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        protocol),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
