package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RaftNodeIT {
    @TempDir
    Path directory;

    private ThreeNodes nodes;

    @BeforeEach
    void start() throws IOException {
        nodes = new ThreeNodes(directory);
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void shouldReplicateAppendsInOrderToIdenticalSegments() throws Exception {
        // given
        PartitionId id = nodes.create("orders");
        int leader = nodes.awaitLeader(id);

        // when: many are in flight, so that entries are joined
        List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            outcomes.add(append(leader, id, TestAppends.batch("value-" + i)));
        }

        // then
        for (int i = 0; i < outcomes.size(); i++) {
            assertThat(outcomes.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(new AppendOutcome.Appended(i, false));
        }
        for (int node : ThreeNodes.ALL) {
            nodes.awaitHighWatermark(node, id, 500);
            assertThat(nodes.segments(node, id)).isEqualTo(nodes.segments(leader, id));
        }
        ByteBuffer read = nodes.log(leader, id).read(123, 1);
        assertThat(BatchHeader.read(read, 0).baseOffset()).isEqualTo(123);
        assertThat(StandardCharsets.UTF_8.decode(read).toString()).contains("value-123");
        assertThat(BatchHeader.read(nodes.log(leader, id).read(0, 1), 0).leaderEpoch())
                .isEqualTo(nodes.log(leader, id).leader().leaderEpoch());
    }

    @Test
    void shouldRefuseAppendsOnAFollowerAndNameTheLeader() throws Exception {
        // given
        PartitionId id = nodes.create("orders");
        int leader = nodes.awaitLeader(id);
        int follower = leader == 1 ? 2 : 1;
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.log(follower, id).leader().nodeId().isPresent());

        // when
        AppendOutcome outcome = append(follower, id, TestAppends.batch("v")).get(60, TimeUnit.SECONDS);

        // then
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        AppendOutcome.NotLeader.class,
                        notLeader -> assertThat(notLeader.leaderId()).hasValue(leader));
    }

    @Test
    void shouldElectANewLeaderAndBringTheOldOneBackWithoutLosingOrRepeating() throws Exception {
        // given: an idempotent producer's batches at the first leader
        PartitionId id = nodes.create("orders");
        int first = nodes.awaitLeader(id);
        for (int i = 0; i < 20; i++) {
            append(first, id, TestAppends.batch("v" + i, 7, 0, i)).get(60, TimeUnit.SECONDS);
        }

        // when: it stops, and the last batch is sent to its successor once more
        nodes.stop(first);
        int second = nodes.awaitLeader(id);
        AppendOutcome repeated =
                append(second, id, TestAppends.batch("v19", 7, 0, 19)).get(60, TimeUnit.SECONDS);
        AppendOutcome next =
                append(second, id, TestAppends.batch("v20", 7, 0, 20)).get(60, TimeUnit.SECONDS);
        AppendOutcome gap =
                append(second, id, TestAppends.batch("v25", 7, 0, 25)).get(60, TimeUnit.SECONDS);
        nodes.start(first);

        // then
        assertThat(repeated).isEqualTo(new AppendOutcome.Appended(19, true));
        assertThat(next).isEqualTo(new AppendOutcome.Appended(20, false));
        assertThat(gap).isEqualTo(new AppendOutcome.OutOfOrderSequence(21, 25));
        nodes.awaitHighWatermark(first, id, 21);
        assertThat(nodes.segments(first, id)).isEqualTo(nodes.segments(second, id));
    }

    @Test
    void shouldHaveEverythingAfterAllNodesRestart() throws Exception {
        // given
        PartitionId id = nodes.create("orders");
        int leader = nodes.awaitLeader(id);
        for (int i = 0; i < 50; i++) {
            append(leader, id, TestAppends.batch("v" + i, 3, 0, i)).get(60, TimeUnit.SECONDS);
        }

        // when
        for (int node : ThreeNodes.ALL) {
            nodes.stop(node);
        }
        for (int node : ThreeNodes.ALL) {
            nodes.start(node);
        }

        // then: the records are there, and so is what is known of the producer
        int next = nodes.awaitLeader(id);
        assertThat(nodes.log(next, id).highWatermark()).isEqualTo(50);
        assertThat(append(next, id, TestAppends.batch("v49", 3, 0, 49)).get(60, TimeUnit.SECONDS))
                .isEqualTo(new AppendOutcome.Appended(49, true));
        assertThat(append(next, id, TestAppends.batch("v50", 3, 0, 50)).get(60, TimeUnit.SECONDS))
                .isEqualTo(new AppendOutcome.Appended(50, false));
    }

    @Test
    void shouldForgetARemovedPartition() throws Exception {
        // given
        PartitionId id = nodes.create("orders");
        nodes.awaitLeader(id);

        // when
        for (int node : ThreeNodes.ALL) {
            nodes.node(node).removePartition(id).get(60, TimeUnit.SECONDS);
        }

        // then
        for (int node : ThreeNodes.ALL) {
            assertThat(nodes.node(node).partition(id.topicId(), 0)).isEmpty();
            assertThat(nodes.node(node).hosted()).isEmpty();
            assertThat(nodes.dataDirectory(node).resolve("log").resolve("orders"))
                    .doesNotExist();
        }
    }

    @Test
    void shouldApplyCommandsOfTheHostedMachineOnEveryNode() throws Exception {
        // when: submitted through every node, whoever leads
        for (int node : ThreeNodes.ALL) {
            nodes.node(node).metadataLog().submit(number(node)).get(60, TimeUnit.SECONDS);
        }

        // then
        assertThat(nodes.node(2)
                        .metadataLog()
                        .query(number(0))
                        .get(60, TimeUnit.SECONDS)
                        .getLong())
                .isEqualTo(6);
        for (int node : ThreeNodes.ALL) {
            await().atMost(ThreeNodes.LIMIT).until(() -> nodes.register(node).sum() == 6);
        }
        assertThat(ThreeNodes.ALL.stream().filter(n -> nodes.register(n).isLeader()))
                .hasSize(1);
    }

    @Test
    void shouldTellWhenTheMetadatasReplicaCannotGoOn() throws Exception {
        // given
        nodes.node(1).metadataLog().submit(number(1)).get(60, TimeUnit.SECONDS);
        assertThat(nodes.node(1).metadataFailure()).isNotDone();

        // when: committed, so that it meets the leader and the next one; the third has nobody left to tell it
        var unused = nodes.node(1).metadataLog().submit(number(ThreeNodes.Register.POISON));

        // then
        List<CompletableFuture<Throwable>> failures = ThreeNodes.ALL.stream()
                .map(node -> nodes.node(node).metadataFailure())
                .toList();
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> failures.stream().filter(CompletableFuture::isDone).count() >= 2);
        assertThat(failures)
                .filteredOn(CompletableFuture::isDone)
                .allSatisfy(failure -> assertThat(failure.join()).hasMessage("poison"));
    }

    @Test
    void shouldTakeCommandsAgainAfterAnOutageThatOutlastedTheRetries() throws Exception {
        // given: no majority, until a command is given up
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> ThreeNodes.ALL.stream()
                        .anyMatch(node -> nodes.register(node).isLeader()));
        nodes.stop(2);
        nodes.stop(3);
        CompletableFuture<ByteBuffer> givenUp = nodes.node(1).metadataLog().submit(number(10));
        await().atMost(ThreeNodes.LIMIT).until(givenUp::isDone);
        // The caller is told after 8 s, the client itself gives up with the attempt that is under way then.
        await().atMost(ThreeNodes.LIMIT).until(() -> {
            CompletableFuture<ByteBuffer> more = nodes.node(1).metadataLog().query(number(0));
            more.handle((sum, failure) -> sum).join();
            return more.isCompletedExceptionally();
        });

        // when
        nodes.start(2);
        nodes.start(3);

        // then
        await().atMost(ThreeNodes.LIMIT)
                .ignoreExceptions()
                .until(() -> nodes.node(1)
                                .metadataLog()
                                .submit(number(100))
                                .get(60, TimeUnit.SECONDS)
                                .getLong()
                        >= 100);
    }

    @Test
    void shouldCreateAndRemoveConcurrentlyAndRepeatedlyAndLeakNothing() throws Exception {
        // given
        PartitionId kept = nodes.create("kept");
        nodes.awaitLeader(kept);
        RaftNode node = nodes.node(1);
        PartitionId id = new PartitionId(UUID.randomUUID(), "again", 0);
        node.createPartition(id, List.of(1)).get(60, TimeUnit.SECONDS);
        node.removePartition(id).get(60, TimeUnit.SECONDS);
        long threadsBefore = threadsOf(id);

        // when
        List<CompletableFuture<Void>> changes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            changes.add(node.createPartition(id, List.of(1)));
            changes.add(node.createPartition(id, List.of(1)));
            changes.add(node.removePartition(id));
            changes.add(node.removePartition(id));
        }
        CompletableFuture.allOf(changes.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);

        // then
        assertThat(node.hosted()).containsExactly(kept);
        await().atMost(ThreeNodes.LIMIT).until(() -> threadsOf(id) <= threadsBefore);
        node.createPartition(id, List.of(1)).get(60, TimeUnit.SECONDS);
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> node.partition(id.topicId(), 0)
                        .map(log -> log.leader().isLocal())
                        .orElse(false));
    }

    /** Ratis puts the group's short name into the names of its threads. */
    private static long threadsOf(PartitionId id) {
        String group = GroupIds.of(id).toString();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains(group))
                .count();
    }

    private CompletableFuture<AppendOutcome> append(int node, PartitionId id, ByteBuffer batch) {
        return nodes.log(node, id).append(batch, TestAppends.headers(batch));
    }

    private static ByteBuffer number(long value) {
        return ByteBuffer.allocate(8).putLong(0, value);
    }
}
