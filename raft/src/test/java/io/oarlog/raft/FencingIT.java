package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.FaultyDisk;
import io.oarlog.log.LogSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promise 1 with a disk that fails on a minority. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FencingIT {
    private static final int APPENDS = 200;
    /** Of the leader epoch in a batch; four bytes, the last of them the lowest. */
    private static final int EPOCH_POSITION = 15;

    @TempDir
    Path directory;

    private final Map<Integer, FaultyDisk> disks = new HashMap<>();

    @Test
    void shouldGoOnWithoutAFollowerWhoseDiskFails() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, this::disk, LogSettings.defaults())) {
            // given
            PartitionId failing = nodes.create("failing");
            int leader = nodes.awaitLeader(failing);
            int follower = leader == 1 ? 2 : 1;
            append(nodes, leader, failing, 0).get(60, TimeUnit.SECONDS);
            nodes.awaitHighWatermark(follower, failing, 1);

            // when
            disk(follower).failWrite(1);
            for (int i = 1; i < APPENDS; i++) {
                assertThat(append(nodes, leader, failing, i).get(60, TimeUnit.SECONDS))
                        .isEqualTo(new AppendOutcome.Appended(i, false));
            }

            // then: the partition is fenced there, the node goes on with others
            await().atMost(ThreeNodes.LIMIT)
                    .until(() ->
                            nodes.node(follower).partition(failing.topicId(), 0).isEmpty());
            PartitionId other = nodes.create("other");
            int otherLeader = nodes.awaitLeader(other);
            append(nodes, otherLeader, other, 0).get(60, TimeUnit.SECONDS);
            nodes.awaitHighWatermark(follower, other, 1);
        }
    }

    @Test
    void shouldAnswerEverythingAndLoseNothingWhenTheLeadersFsyncFails() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, this::disk, LogSettings.defaults())) {
            // given: a leader with appends under way
            PartitionId id = nodes.create("failing");
            int first = nodes.awaitLeader(id);
            // What a connection holds: the node itself forgets the replica once it is fenced.
            ReplicatedLog leading = nodes.log(first, id);
            append(leading, 0).get(60, TimeUnit.SECONDS);
            List<CompletableFuture<AppendOutcome>> underWay = new ArrayList<>();

            // when: the next one, as all that follows may be joined into a single flush
            disk(first).failForce(1);
            for (int i = 1; i < APPENDS; i++) {
                underWay.add(append(leading, i));
            }

            // then: all are answered, and what was acknowledged is at the next leader
            CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
            long acknowledged = 1
                    + underWay.stream()
                            .filter(outcome -> outcome.join() instanceof AppendOutcome.Appended)
                            .count();
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(first).partition(id.topicId(), 0).isEmpty());
            int second = nodes.awaitLeader(id);
            assertThat(second).isNotEqualTo(first);
            assertThat(nodes.log(second, id).highWatermark()).isGreaterThanOrEqualTo(acknowledged);

            // and: started again on the same disk it cuts what was not acknowledged, and catches up
            nodes.stop(first);
            disk(first).restart();
            nodes.start(first);
            long end = nodes.log(second, id).highWatermark();
            nodes.awaitHighWatermark(first, id, end);
            assertThat(nodes.log(first, id).read(0, Integer.MAX_VALUE))
                    .isEqualTo(nodes.log(second, id).read(0, Integer.MAX_VALUE));
        }
    }

    /** Two that do it write the log's buffer twice, and one of them when it is given back already. */
    @Test
    void shouldCloseTheRaftLogOfAFencedLeaderOnOneThreadAtATime() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, this::disk, LogSettings.defaults())) {
            // given
            PartitionId id = nodes.create("failing");
            int leader = nodes.awaitLeader(id);
            ReplicatedLog leading = nodes.log(leader, id);
            append(leading, 0).get(60, TimeUnit.SECONDS);

            // when
            disk(leader).failForce(1);
            append(leading, 1).get(60, TimeUnit.SECONDS);

            // then: each of both waits for seconds, so that it is seen
            Set<Thread> closing = new HashSet<>();
            await().pollInterval(Duration.ofMillis(20)).atMost(ThreeNodes.LIMIT).until(() -> {
                Set<Thread> now = threadsClosingARaftLog();
                assertThat(now).hasSizeLessThanOrEqualTo(1);
                closing.addAll(now);
                return closing.size() == 2 && now.isEmpty();
            });
        }
    }

    private static Set<Thread> threadsClosingARaftLog() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().endsWith(".SegmentedRaftLogWorker")
                                && frame.getMethodName().equals("close")))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @Test
    void shouldPassNoDamagedEntryOnToAFollower() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, this::disk, LogSettings.defaults())) {
            // given: a follower that misses half of the records, and a leader that has them on its disk only
            PartitionId id = nodes.create("damaged");
            int away = nodes.awaitLeader(id) == 1 ? 2 : 1;
            appendAll(nodes, id, 0, APPENDS);
            nodes.awaitHighWatermark(away, id, APPENDS);
            nodes.stop(away);
            appendAll(nodes, id, APPENDS, 2 * APPENDS);
            for (int node : ThreeNodes.ALL) {
                if (node != away) {
                    nodes.stop(node);
                    nodes.start(node);
                }
            }
            int leader = nodes.awaitLeader(id);
            int other = 6 - away - leader;
            nodes.awaitHighWatermark(other, id, 2 * APPENDS);
            ByteBuffer sound = nodes.log(other, id).read(0, Integer.MAX_VALUE);

            // when: a bit flips in a leader epoch there, which no CRC covers
            Path segment = nodes.dataDirectory(leader)
                    .resolve("log/" + id.topic() + "/" + id.partition() + "." + id.topicId())
                    .resolve("00000000000000000000.log");
            disk(leader).flip(segment, sound.remaining() / (2 * APPENDS) * (2 * APPENDS - 1) + EPOCH_POSITION, 1);
            nodes.start(away);

            // then: the follower has it from the replica that leads next
            nodes.awaitHighWatermark(away, id, 2 * APPENDS);
            assertThat(nodes.log(away, id).read(0, Integer.MAX_VALUE)).isEqualTo(sound);
        }
    }

    /** Values of one length, so that all batches are of one size. */
    private static void appendAll(ThreeNodes nodes, PartitionId id, int from, int to) throws Exception {
        ReplicatedLog log = nodes.log(nodes.awaitLeader(id), id);
        for (int i = from; i < to; i++) {
            assertThat(append(log, 100 + i).get(60, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.Appended(i, false));
        }
    }

    private FaultyDisk disk(int node) {
        return disks.computeIfAbsent(node, FaultyDisk::new);
    }

    private static CompletableFuture<AppendOutcome> append(ThreeNodes nodes, int node, PartitionId id, int number) {
        return append(nodes.log(node, id), number);
    }

    private static CompletableFuture<AppendOutcome> append(ReplicatedLog log, int number) {
        ByteBuffer batch = TestAppends.batch("value-" + number);
        return log.append(batch, TestAppends.headers(batch));
    }
}
