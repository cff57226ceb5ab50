package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A node that is about to stop leaves its leadership to others. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HandOverIT {
    private static final int PARTITIONS = 8;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** Leadership goes back to who has been in touch for ten seconds: a busy machine must not make elections within them. */
    private static final RaftSettings PATIENT =
            RaftSettings.defaults().withElectionTimeout(Duration.ofSeconds(2), Duration.ofSeconds(4));

    @TempDir
    Path directory;

    @Test
    void shouldLeadNothingWhenItHasHandedOverUnderLoad() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, PATIENT)) {
            // given
            List<PartitionId> ids = createdAndLedByTheFirst(nodes);
            AtomicBoolean isEnding = new AtomicBoolean();
            ExecutorService threads = Executors.newFixedThreadPool(PARTITIONS);
            List<Future<Long>> loads = ids.stream()
                    .map(id -> threads.submit(() -> load(nodes, id, isEnding)))
                    .toList();

            // when
            int leads = nodes.node(1).handOver(LIMIT).get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            // then
            assertThat(leads).isZero();
            for (PartitionId id : ids) {
                assertThat(nodes.log(1, id).leader().isLocal()).as("%s", id).isFalse();
            }
            assertThat(nodes.node(1).metadataLeader()).isNotEqualTo(OptionalInt.of(1));
            nodes.stop(1);
            isEnding.set(true);
            for (int i = 0; i < ids.size(); i++) {
                long appended = loads.get(i).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                assertThat(nodes.log(nodes.awaitLeader(ids.get(i)), ids.get(i)).highWatermark())
                        .isGreaterThanOrEqualTo(appended);
            }
            threads.shutdown();
        }
    }

    /** Of replicas that were opened while their leaders sent heartbeats some streams have no end. */
    @Test
    void shouldNotWaitForItsChannelsWhenItStops() throws Exception {
        ListAppender<ILoggingEvent> waits = new ListAppender<>();
        Logger channels = (Logger) LoggerFactory.getLogger("org.apache.ratis.grpc.GrpcUtil");
        try (ThreeNodes nodes = new ThreeNodes(directory, ThreeNodes.quickElections())) {
            // given
            List<PartitionId> ids = createdAndLedByTheFirst(nodes);
            for (int node : List.of(2, 3)) {
                nodes.stop(node);
                nodes.start(node);
                for (PartitionId id : ids) {
                    await().atMost(LIMIT)
                            .until(() -> nodes.log(1, id).inSync().contains(node)
                                    || !nodes.log(1, id).leader().isLocal());
                }
            }
            await().atMost(LIMIT).until(() -> !isAnyServerClosing()); // those two, which wait as well
            channels.setLevel(Level.WARN);
            waits.start();
            channels.addAppender(waits);

            // when
            nodes.stop(1);

            // then: that such a wait is over is told with a warning, which has not come by now
            assertThat(List.copyOf(waits.list)).isEmpty();
        } finally {
            channels.detachAppender(waits);
            channels.setLevel(null);
        }
    }

    private static boolean isAnyServerClosing() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("close-raft-"));
    }

    /** Appends at whoever leads, one record after the other, and counts what was appended. */
    private static long load(ThreeNodes nodes, PartitionId id, AtomicBoolean isEnding) {
        long appended = 0;
        for (int i = 0; !isEnding.get(); i++) {
            for (RaftNode node : nodes.running()) {
                ReplicatedLog log = node.partition(id.topicId(), id.partition()).orElse(null);
                if (log != null && log.leader().isLocal()) {
                    ByteBuffer batch = TestAppends.batch("value-" + i);
                    AppendOutcome outcome =
                            log.append(batch, TestAppends.headers(batch)).join();
                    appended += outcome instanceof AppendOutcome.Appended ? 1 : 0;
                }
            }
        }
        return appended;
    }

    @Test
    void shouldLeadAgainSomeTimeAfterItIsBack() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, PATIENT)) {
            // given
            List<PartitionId> ids = createdAndLedByTheFirst(nodes);
            nodes.node(1).handOver(LIMIT).get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            // when
            nodes.stop(1);
            nodes.start(1);

            // then
            awaitLedByTheFirst(nodes, ids);
        }
    }

    @Test
    void shouldNotWaitForOthersThatAreNoMajority() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, PATIENT)) {
            // given
            List<PartitionId> ids = createdAndLedByTheFirst(nodes);
            nodes.stop(3);
            await().atMost(LIMIT)
                    .until(() -> ids.stream()
                            .noneMatch(id -> nodes.log(1, id).inSync().contains(3)));

            // when
            nodes.node(1).handOver(Duration.ofDays(1)).get(LIMIT.toSeconds(), TimeUnit.SECONDS);

            // then
            for (PartitionId id : ids) {
                assertThat(nodes.awaitLeader(id)).isEqualTo(1);
            }
        }
    }

    private static List<PartitionId> createdAndLedByTheFirst(ThreeNodes nodes) {
        List<PartitionId> ids = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ids.add(nodes.create("topic-" + i));
        }
        awaitLedByTheFirst(nodes, ids);
        return ids;
    }

    private static void awaitLedByTheFirst(ThreeNodes nodes, List<PartitionId> ids) {
        await().atMost(LIMIT)
                .until(() -> ids.stream()
                        .allMatch(id -> nodes.node(1)
                                .partition(id.topicId(), id.partition())
                                .filter(log -> log.leader().isLocal())
                                .isPresent()));
    }
}
