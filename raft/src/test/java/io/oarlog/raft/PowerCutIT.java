package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.LogSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Promise 1 with a real Raft log and disks that die in the midst of a change and then lose, tear or scatter what was not
 * fsynced. Raft's own files are on a disk that keeps everything, which is the worse for it: they name what the other one lost.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PowerCutIT {
    private static final Logger LOG = LoggerFactory.getLogger(PowerCutIT.class);
    private static final int ROUNDS = 8;
    /** An append is a few changes: a write and an fsync, now and then a new segment. */
    private static final int MAX_CHANGES = 30;

    private static final int BATCH_BYTES = TestAppends.batch("100000").remaining();
    private static final LogSettings SETTINGS = new LogSettings(
            10 * BATCH_BYTES, Long.MAX_VALUE, LogSettings.defaults().indexIntervalBytes());

    @TempDir
    Path directory;

    private final Map<Integer, FaultyDisk> disks = new HashMap<>();
    private final Map<Long, ByteBuffer> acknowledged = new LinkedHashMap<>();
    private int sent;

    @Test
    void shouldHaveEverythingThatWasAcknowledgedOnEveryReplica() throws Exception {
        long seed = Long.getLong("oarlog.seed", System.nanoTime());
        Random random = new Random(seed);
        LOG.info("seed {}", seed);
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> disk(node, seed), SETTINGS)) {
            // given
            PartitionId id = nodes.create("orders");
            appendAcknowledged(nodes, id);

            // when
            for (int round = 0; round < ROUNDS; round++) {
                int victim = random.nextBoolean() ? nodes.awaitLeader(id) : 1 + random.nextInt(3);
                FaultyDisk disk = disk(victim, seed);
                disk.killAfter(1 + random.nextInt(MAX_CHANGES));
                while (!disk.isDead()) {
                    append(nodes, id);
                }
                appendAcknowledged(nodes, id);
                nodes.stop(victim);
                FaultyDisk.Unsynced[] kinds = FaultyDisk.Unsynced.values();
                disk.powerCut(kinds[random.nextInt(kinds.length)]);
                nodes.start(victim);
                appendAcknowledged(nodes, id);
                awaitSameEnd(nodes, id, seed);
            }

            // then
            int leader = nodes.awaitLeader(id);
            acknowledged.forEach((offset, batch) -> assertThat(crcAt(nodes.log(leader, id), offset))
                    .as("offset %d, seed %d", offset, seed)
                    .isEqualTo(BatchHeader.read(batch, 0).crc()));
            for (int node : ThreeNodes.ALL) {
                assertThat(readAll(nodes.log(node, id)))
                        .as("node %d, seed %d", node, seed)
                        .isEqualTo(readAll(nodes.log(leader, id)));
            }
        }
    }

    private FaultyDisk disk(int node, long seed) {
        return disks.computeIfAbsent(node, any -> new FaultyDisk(seed + node));
    }

    private void appendAcknowledged(ThreeNodes nodes, PartitionId id) {
        await().atMost(ThreeNodes.LIMIT).until(() -> append(nodes, id));
    }

    /** @return whether it was acknowledged; else it may be in the log all the same */
    private boolean append(ThreeNodes nodes, PartitionId id) throws Exception {
        for (RaftNode node : nodes.running()) {
            Optional<ReplicatedLog> log = node.partition(id.topicId(), 0)
                    .filter(found -> found.leader().isLocal());
            if (log.isPresent()) {
                ByteBuffer batch = TestAppends.batch(String.valueOf(100_000 + sent++));
                AppendOutcome outcome = log.get()
                        .append(batch.duplicate(), TestAppends.headers(batch))
                        .get(60, TimeUnit.SECONDS);
                if (outcome instanceof AppendOutcome.Appended appended) {
                    acknowledged.put(appended.baseOffset(), batch);
                    return true;
                }
            }
        }
        return false;
    }

    private static void awaitSameEnd(ThreeNodes nodes, PartitionId id, long seed) {
        await().alias("seed " + seed)
                .atMost(ThreeNodes.LIMIT)
                .untilAsserted(() -> assertThat(nodes.running().stream()
                                .map(node -> node.partition(id.topicId(), 0).map(ReplicatedLog::highWatermark)))
                        .as("high watermarks")
                        .hasSize(3)
                        .containsOnly(nodes.running()
                                .get(0)
                                .partition(id.topicId(), 0)
                                .map(ReplicatedLog::highWatermark)));
    }

    private static int crcAt(ReplicatedLog log, long offset) {
        return BatchHeader.read(log.read(offset, 1), 0).crc();
    }

    private static ByteBuffer readAll(ReplicatedLog log) {
        ByteBuffer all = ByteBuffer.allocate((int) log.highWatermark() * BATCH_BYTES);
        for (long offset = 0; offset < log.highWatermark(); offset++) {
            all.put(log.read(offset, 1));
        }
        return all.flip();
    }
}
