package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.RetentionPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The start of a log moves on all replicas, also on one that was away. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RetentionIT {
    private static final int BATCH_BYTES = TestAppends.batch("value-100").remaining();
    /** Ten batches a segment. */
    private static final LogSettings SETTINGS = LogSettings.defaults().withSegmentBytes(10 * BATCH_BYTES);

    @TempDir
    Path directory;

    private ThreeNodes nodes;
    private PartitionId id;

    @BeforeEach
    void start() throws IOException {
        nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS);
        id = nodes.create("retained");
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void shouldMoveTheStartOnAllReplicasAndKeepItOverARestart() throws Exception {
        // given
        append(100, 145);

        // when
        AdvanceOutcome outcome = advance(22);

        // then
        assertThat(outcome).isEqualTo(new AdvanceOutcome.Advanced(22));
        for (int node : ThreeNodes.ALL) {
            awaitStart(node, 22);
            awaitFirstSegment(node, 20);
            assertThatThrownBy(() -> nodes.log(node, id).read(21, 1_000)).isInstanceOf(IllegalArgumentException.class);
        }
        ThreeNodes.ALL.forEach(nodes::stop);
        for (int node : ThreeNodes.ALL) {
            nodes.start(node);
        }
        append(145, 150);
        for (int node : ThreeNodes.ALL) {
            awaitStart(node, 22);
            nodes.awaitHighWatermark(node, id, 50);
            assertThat(read(node, 22)).isEqualTo(read(1, 22));
        }
    }

    @Test
    void shouldRefuseToMoveTheStartAboveTheHighWatermarkOrElsewhereThanAtTheLeader() throws Exception {
        // given
        append(100, 105);
        int leader = nodes.awaitLeader(id);
        int follower = leader == 1 ? 2 : 1;

        // when / then
        assertThat(advance(6)).isEqualTo(new AdvanceOutcome.BeyondHighWatermark(5));
        assertThat(nodes.log(follower, id).advanceLogStart(3).get(60, TimeUnit.SECONDS))
                .isInstanceOf(AdvanceOutcome.NotLeader.class);
        assertThat(advance(5)).isEqualTo(new AdvanceOutcome.Advanced(5));
        assertThat(advance(3)).as("never back").isEqualTo(new AdvanceOutcome.Advanced(5));
    }

    @Test
    void shouldCatchUpAReplicaWhoseMissingRecordsAreGone() throws Exception {
        // given: a replica that has ten records of what becomes a hundred, all but twelve of them deleted
        append(100, 110);
        int leader = nodes.awaitLeader(id);
        int away = leader == 1 ? 2 : 1;
        nodes.awaitHighWatermark(away, id, 10);
        nodes.stop(away);
        append(110, 200);
        advance(88);
        for (int node : ThreeNodes.ALL) {
            if (node != away) {
                awaitFirstSegment(node, 80);
                // What they remember of the deleted records goes with the process.
                nodes.stop(node);
                nodes.start(node);
            }
        }

        // when
        nodes.start(away);

        // then
        nodes.awaitHighWatermark(away, id, 100);
        awaitStart(away, 88);
        assertThat(read(away, 88)).isEqualTo(read(leader, 88));
        assertThat(segmentFiles(away).get(0)).as("begun anew").isEqualTo(String.format("%020d.log", 88));

        // and: it can lead, and be restarted, and takes appends
        nodes.stop(away);
        nodes.start(away);
        nodes.awaitHighWatermark(away, id, 100);
        nodes.stop(leader);
        append(200, 205);
        nodes.awaitHighWatermark(away, id, 105);
        int third = ThreeNodes.ALL.stream()
                .filter(node -> node != leader && node != away)
                .findFirst()
                .orElseThrow();
        nodes.awaitHighWatermark(third, id, 105);
        assertThat(read(away, 88)).isEqualTo(read(third, 88));
    }

    @Test
    void shouldDropTheOldestSegmentsBySize() throws Exception {
        // given
        append(100, 145);
        RetentionPolicy policy = new RetentionPolicy(RetentionPolicy.UNLIMITED, 15L * BATCH_BYTES);

        // when
        int leader = nodes.awaitLeader(id);
        AdvanceOutcome outcome = nodes.log(leader, id).applyRetention(policy, 0).get(60, TimeUnit.SECONDS);

        // then
        assertThat(outcome).isEqualTo(new AdvanceOutcome.Advanced(30));
        for (int node : ThreeNodes.ALL) {
            awaitFirstSegment(node, 30);
        }
    }

    private void append(int from, int to) {
        for (int i = from; i < to; i++) {
            TestPartitions.append(nodes, id, TestAppends.batch("value-" + i));
        }
    }

    private AdvanceOutcome advance(long offset) {
        return TestPartitions.advanceLogStart(nodes, id, offset);
    }

    private void awaitStart(int node, long offset) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.node(node)
                        .partition(id.topicId(), id.partition())
                        .map(log -> log.logStartOffset() == offset)
                        .orElse(false));
    }

    private void awaitFirstSegment(int node, long baseOffset) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> segmentFiles(node).get(0).equals(String.format("%020d.log", baseOffset)));
    }

    private List<String> segmentFiles(int node) throws IOException {
        Path partition = nodes.dataDirectory(node)
                .resolve("log")
                .resolve(id.topic())
                .resolve(id.partition() + "." + id.topicId());
        try (Stream<Path> files = Files.list(partition)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    private byte[] read(int node, long fromOffset) {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        ReplicatedLog log = nodes.log(node, id);
        long offset = fromOffset;
        while (offset < log.highWatermark()) {
            ByteBuffer chunk = log.read(offset, 1 << 20);
            offset += TestAppends.headers(chunk).size();
            all.put(chunk);
        }
        return Arrays.copyOf(all.array(), all.position());
    }
}
