package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.LogFinding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Idempotent producers go on while leaders come and go: nothing is lost, repeated or reordered, and replicas are equal. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LeaderChangesIT {
    private static final int PRODUCERS = 4;
    private static final int CHANGES = 4;
    private static final int BATCHES_BETWEEN = 60;

    @TempDir
    Path directory;

    @Test
    void shouldLoseRepeatAndReorderNothingOverLeaderChanges() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given
            PartitionId id = nodes.create("orders");
            nodes.awaitLeader(id);
            List<Producer> producers = new ArrayList<>();
            for (int i = 0; i < PRODUCERS; i++) {
                producers.add(new Producer(i, id, nodes));
            }

            // when: stopped and started again, mostly the leader
            for (Producer producer : producers) {
                producer.start();
            }
            for (int i = 0; i < CHANGES; i++) {
                awaitProgress(producers, seed);
                int victim = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : nodes.awaitLeader(id);
                nodes.stop(victim);
                awaitProgress(producers, seed);
                nodes.start(victim);
            }
            awaitProgress(producers, seed);
            for (Producer producer : producers) {
                producer.finish();
            }

            // then
            int leader = nodes.awaitLeader(id);
            long end = nodes.log(leader, id).highWatermark();
            Map<Long, List<Long>> offsets = offsetsByProducer(nodes.log(leader, id), seed);
            for (Producer producer : producers) {
                assertThat(offsets.get(producer.producerId))
                        .as("offsets of producer %d, seed %d", producer.producerId, seed)
                        .isEqualTo(producer.acknowledged);
            }
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, end);
                assertThat(nodes.segments(node, id))
                        .as("segments of node %d, seed %d", node, seed)
                        .isEqualTo(nodes.segments(leader, id));
            }
            for (int node : ThreeNodes.ALL) {
                nodes.stop(node);
                assertThat(damage(nodes.dataDirectory(node)))
                        .as("damage of node %d, seed %d", node, seed)
                        .isEmpty();
            }
        }
    }

    /** Among others that the leader epoch of each batch is the term of its entry. */
    private static List<LogFinding> damage(Path dataDirectory) throws IOException {
        Findings found = new Findings();
        for (PartitionInspection partition :
                NodeInspection.of(dataDirectory).orElseThrow().partitions()) {
            assertThat(partition.verify(found).batches()).isPositive();
        }
        return found.of(LogFinding.Kind.DAMAGE);
    }

    private static void awaitProgress(List<Producer> producers, long seed) {
        for (Producer producer : producers) {
            int before = producer.acknowledgedCount();
            await().alias("progress of producer " + producer.producerId + ", seed " + seed)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> producer.acknowledgedCount() > before + BATCHES_BETWEEN / PRODUCERS);
        }
    }

    /** Offsets in log order, whose sequences have to be 0, 1, 2 and so on. */
    private static Map<Long, List<Long>> offsetsByProducer(ReplicatedLog log, long seed) {
        Map<Long, List<Long>> offsets = new HashMap<>();
        long offset = 0;
        while (offset < log.highWatermark()) {
            ByteBuffer batches = log.read(offset, 1 << 20);
            int position = batches.position();
            while (position < batches.limit()) {
                BatchHeader header = BatchHeader.read(batches, position);
                assertThat(header.baseOffset()).as("seed %d", seed).isEqualTo(offset);
                List<Long> ofProducer = offsets.computeIfAbsent(header.producerId(), p -> new ArrayList<>());
                assertThat(header.baseSequence())
                        .as("sequence at offset %d, seed %d", offset, seed)
                        .isEqualTo(ofProducer.size());
                ofProducer.add(offset);
                offset = header.nextOffset();
                position += header.sizeInBytes();
            }
        }
        return offsets;
    }

    /** Sends one batch after another, each as often as needed. Confined to its thread, but for the count. */
    private static final class Producer {
        private final long producerId;
        private final PartitionId id;
        private final ThreeNodes nodes;
        private final List<Long> acknowledged = new ArrayList<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private volatile int count;
        private volatile boolean isFinishing;

        Producer(long producerId, PartitionId id, ThreeNodes nodes) {
            this.producerId = producerId;
            this.id = id;
            this.nodes = nodes;
        }

        void start() {
            Thread thread = new Thread(this::run, "producer-" + producerId);
            thread.setDaemon(true);
            thread.start();
        }

        int acknowledgedCount() {
            return count;
        }

        void finish() throws Exception {
            isFinishing = true;
            ended.get(60, TimeUnit.SECONDS);
        }

        private void run() {
            try {
                while (!isFinishing) {
                    acknowledged.add(send(acknowledged.size()));
                    count = acknowledged.size();
                }
                ended.complete(null);
            } catch (Throwable e) {
                ended.completeExceptionally(e);
            }
        }

        private long send(int sequence) {
            return await().atMost(ThreeNodes.LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> attempt(sequence), Optional::isPresent)
                    .orElseThrow();
        }

        private Optional<Long> attempt(int sequence) throws Exception {
            for (RaftNode node : nodes.running()) {
                Optional<ReplicatedLog> log =
                        node.partition(id.topicId(), 0).filter(l -> l.leader().isLocal());
                if (log.isPresent()) {
                    ByteBuffer batch = TestAppends.batch("v" + sequence, producerId, 0, sequence);
                    AppendOutcome outcome =
                            log.get().append(batch, TestAppends.headers(batch)).get(60, TimeUnit.SECONDS);
                    if (outcome instanceof AppendOutcome.Appended appended) {
                        return Optional.of(appended.baseOffset());
                    }
                    assertThat(outcome)
                            .isNotInstanceOfAny(
                                    AppendOutcome.OutOfOrderSequence.class, AppendOutcome.ProducerFenced.class);
                }
            }
            return Optional.empty();
        }
    }
}
