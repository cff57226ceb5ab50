package io.oarlog.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.cluster.Cluster;
import io.oarlog.chaos.cluster.ClusterSpec;
import io.oarlog.chaos.cluster.UndoJournal;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Moment;
import io.oarlog.chaos.nemesis.Nemesis;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.nemesis.PlannedFault;
import io.oarlog.chaos.nemesis.Role;
import io.oarlog.chaos.nemesis.Roles;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That nodes lose their disks and come back with empty ones, and come and go, while clients go on. */
@Timeout(600)
final class NodeChangesIT {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration REPLICAS_LIMIT = Duration.ofMinutes(2);
    private static final String TOPIC = WorkloadSpec.TOPIC_PREFIX + "changes";
    private static final int PARTITIONS = 2;
    private static final int WIPED = 2;
    private static final int SPARED = 3;
    private static final String MARKER = "written-before-the-wipe";

    @TempDir
    private Path directory;

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private Cluster cluster;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        ClusterSpec spec = new ClusterSpec(
                "changes" + ProcessHandle.current().pid(),
                3,
                1,
                directory,
                Path.of(System.getProperty("oarlog.server.jar")),
                Path.of(System.getProperty("oarlog.chaos.jar")),
                Map.of(),
                List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        cluster = Cluster.create(spec, "local", new UndoJournal(directory.resolve("undo")));
        for (int node = 1; node <= cluster.size(); node++) {
            cluster.start(node);
        }
        await().atMost(START_LIMIT)
                .until(() -> IntStream.rangeClosed(1, cluster.size()).allMatch(cluster::isServing));
    }

    @AfterEach
    void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void shouldBringAWipedNodeBackWithTheSameBytesAndSpareTheOthersMeanwhile() throws Exception {
        // given
        createTopic();
        Files.createFile(cluster.data(WIPED).resolve(MARKER));

        // when: a second node is to be wiped while the first one is down
        Nemesis nemesis = runUnderLoad(wipe(100, Role.METADATA_LEADER), wipe(2_000, Role.COORDINATOR));

        // then
        assertThat(nemesis.made()).as("%s", told).isEqualTo(Map.of(FaultKind.WIPE, 1));
        assertThat(told)
                .anyMatch(text -> text.startsWith("wipe of node " + SPARED + " is left out: node " + WIPED + " is "))
                .contains("begins minority wipe node 2 #1", "ends minority wipe node 2 #1");
        assertThat(cluster.data(WIPED).resolve(MARKER)).doesNotExist();
        assertThat(isOtherPeer(WIPED)).isTrue();
        assertThat(isOtherPeer(SPARED)).isFalse();
        assertNothingIsLost(nemesis);
    }

    @Test
    void shouldTakeOneMoreNodeInAndLetItGo() throws Exception {
        // given
        createTopic();

        // when
        Nemesis nemesis =
                runUnderLoad(new PlannedFault(100, 1_000, FaultKind.ADD_REMOVE, Role.ANYONE, Moment.ANYTIME, 1));

        // then
        assertThat(nemesis.made()).as("%s", told).isEqualTo(Map.of(FaultKind.ADD_REMOVE, 1));
        assertThat(told)
                .anyMatch(text -> text.matches("node 4: add: [1-9][0-9]* partitions are moved"))
                .anyMatch(text -> text.matches("node 4: drain: [1-9][0-9]* partitions are moved"))
                .contains("begins minority add-remove node 4 #1", "ends minority add-remove node 4 #1");
        assertThat(cluster.isRunning(4)).isFalse();
        assertThat(cluster.data(4)).isEmptyDirectory();
        assertNothingIsLost(nemesis);
    }

    private void createTopic() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 3)))
                    .all()
                    .get(1, TimeUnit.MINUTES);
        }
    }

    private Nemesis runUnderLoad(PlannedFault... faults) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        Thread load = new Thread(() -> produceUntil(isOver), "load");
        load.start();
        await().atMost(START_LIMIT).until(() -> acknowledged.get() > 100);
        awaitHealthy();
        List<FaultKind> kinds =
                Stream.of(faults).map(PlannedFault::kind).distinct().toList();
        Nemesis nemesis = new Nemesis(
                cluster,
                new Plan(1, cluster.size(), 8_000, kinds, 1, List.of(faults)),
                () -> new Roles(Set.of(), WIPED, SPARED),
                WorkloadSpec.TOPIC_PREFIX,
                new Told());
        nemesis.run();
        long afterwards = acknowledged.get();
        await().atMost(START_LIMIT).until(() -> acknowledged.get() > afterwards + 100);
        isOver.set(true);
        load.join();
        return nemesis;
    }

    private void assertNothingIsLost(Nemesis nemesis) throws Exception {
        assertThat(nemesis.failedChanges()).as("%s", told).isEmpty();
        assertThat(nemesis.unexpectedExits()).as("%s", told).isEmpty();
        assertThat(ReplicaComparison.of(cluster, WorkloadSpec.TOPIC_PREFIX, REPLICAS_LIMIT))
                .returns(Verdict.Outcome.VALID, Verdict::outcome)
                .returns(PARTITIONS + " partitions", Verdict::examined);
        assertThat(recordsThere()).isEqualTo(acknowledged.get());
    }

    private static PlannedFault wipe(long atMillis, Role role) {
        return new PlannedFault(atMillis, 4_000, FaultKind.WIPE, role, Moment.ANYTIME, 1);
    }

    /** A node whose disk was empty when there was a cluster has a name of its own: see {@code raft/peer-id}. */
    private boolean isOtherPeer(int node) {
        return Files.exists(cluster.data(node).resolve("raft/peer-id"));
    }

    private void awaitHealthy() {
        await().atMost(START_LIMIT).until(() -> {
            try (var question = cluster.operate(List.of("cluster", "status"))) {
                return question.await(START_LIMIT).status() == 0;
            }
        });
    }

    /** None fails: the producer tries for longer than a partition is without a leader. */
    private void produceUntil(AtomicBoolean isOver) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; !isOver.get(); i++) {
                producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, new byte[1_000]))
                        .get();
                acknowledged.incrementAndGet();
            }
        } catch (Exception e) {
            told.add("the load ended: " + e);
        }
    }

    private long recordsThere() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            long records = 0;
            for (int partition = 0; partition < PARTITIONS; partition++) {
                TopicPartition id = new TopicPartition(TOPIC, partition);
                records += admin.listOffsets(Map.of(id, OffsetSpec.latest()))
                        .partitionResult(id)
                        .get(1, TimeUnit.MINUTES)
                        .offset();
            }
            return records;
        }
    }

    private final class Told implements Nemesis.Witness {
        @Override
        public void begins(String text) {
            told.add("begins " + text);
        }

        @Override
        public void ends(String text) {
            told.add("ends " + text);
        }

        @Override
        public void rebalance() {
            throw new UnsupportedOperationException("no fault of the plan asks for it");
        }

        @Override
        public void note(String text) {
            told.add(text);
        }
    }
}
