package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CountingDisk;
import io.oarlog.log.FaultyDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks run out of space and get it back: nothing is fenced, nothing acknowledged is lost, and no node has to be started anew.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DiskFullIT {
    private static final int RESERVE_BYTES = 1 << 20;
    /** So deep in the reserve that writes wait, but enough for a few records. */
    private static final int NEARLY_FULL_BYTES = RESERVE_BYTES / 5;

    private static final int VALUE_BYTES = 32 * 1024;
    private static final int LARGE_VALUE_BYTES = 128 * 1024;
    private static final long PRODUCER = 7;
    /** Leads whenever it has all that is committed. */
    private static final int PREFERRED = 1;

    @TempDir
    Path directory;

    private final Map<Integer, FaultyDisk> disks = new HashMap<>();
    private ThreeNodes nodes;
    private PartitionId id;
    private int valueBytes = VALUE_BYTES;
    /** Records acknowledged: one producer's, with the sequence numbers 0, 1, 2 and so on. */
    private int acknowledged;

    @BeforeEach
    void start() throws IOException {
        nodes = new ThreeNodes(directory, this::disk, LogSettings.defaults(), RESERVE_BYTES);
        id = nodes.create("orders");
        awaitAppended();
        ThreeNodes.ALL.forEach(node -> nodes.awaitHighWatermark(node, id, 1));
        awaitLeading(PREFERRED);
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void shouldGoOnWithoutAFollowerWhoseDiskIsFull() throws Exception {
        // given
        valueBytes = LARGE_VALUE_BYTES;
        disk(2).leaveSpace(NEARLY_FULL_BYTES);
        awaitKnown(PREFERRED, 2, DiskSpace.FULL);

        // when
        for (int i = 0; i < 100; i++) {
            awaitAppended();
        }

        // then: it is not flooded with what it cannot store; Ratis alone would have sent it 64 requests at once
        assertThat(partition(2).logEndOffset()).isLessThan(32);

        // and: it catches up once there is space
        disk(2).heal();
        assertReplicas();
    }

    @Test
    void shouldLetAnotherLeadWhileTheLeadersDiskIsFull() throws Exception {
        // when
        disk(PREFERRED).leaveSpace(NEARLY_FULL_BYTES);

        // then
        await().atMost(ThreeNodes.LIMIT).until(() -> nodes.awaitLeader(id) != PREFERRED);
        for (int i = 0; i < 20; i++) {
            awaitAppended();
        }
        assertThat(nodes.node(PREFERRED).spaceOf(PREFERRED)).isEqualTo(DiskSpace.FULL);

        // and
        disk(PREFERRED).heal();
        awaitLeading(PREFERRED);
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldRefuseAppendsBeforeTheLeadersDiskIsFullAndGoOnWhenARemovalFreesSpace() throws Exception {
        // given
        PartitionId other = fullPartition("other", 30);
        disk(PREFERRED).leaveSpace(2 * RESERVE_BYTES);
        int asked = disk(PREFERRED).usableBytesAsked();
        // Not before the node has looked: so much can be written until then.
        await().atMost(ThreeNodes.LIMIT).until(() -> disk(PREFERRED).usableBytesAsked() > asked);

        // when
        appendUntilRefused();

        // then: with enough left for what was under way
        assertThat(acknowledged).isGreaterThan(1);
        assertThat(disk(PREFERRED).usableBytes(directory)).isGreaterThan(RESERVE_BYTES / 2);
        assertThat(nodes.log(PREFERRED, id).read(0, Integer.MAX_VALUE).hasRemaining())
                .isTrue();

        // and
        for (int node : ThreeNodes.ALL) {
            nodes.node(node).removePartition(other).get(60, TimeUnit.SECONDS);
        }
        awaitLeading(PREFERRED);
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldRefuseAppendsWhenAMajorityOfDisksIsFullAndTheLeadersIsNot() throws Exception {
        // given
        disk(2).leaveSpace(NEARLY_FULL_BYTES);
        disk(3).leaveSpace(NEARLY_FULL_BYTES);
        awaitKnown(PREFERRED, 2, DiskSpace.FULL);
        awaitKnown(PREFERRED, 3, DiskSpace.FULL);

        // when
        AppendOutcome outcome = nodes.log(PREFERRED, id)
                .append(batch(acknowledged), TestAppends.headers(batch(acknowledged)))
                .get(60, TimeUnit.SECONDS);

        // then
        assertThat(outcome).isInstanceOf(AppendOutcome.OutOfSpace.class);
        disk(2).heal();
        disk(3).heal();
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldReadElectAndRemoveWhenAllDisksAreNearlyFull() throws Exception {
        // given
        PartitionId other = fullPartition("other", 1);
        for (int i = 0; i < 20; i++) {
            awaitAppended();
        }
        ThreeNodes.ALL.forEach(node -> disk(node).leaveSpace(NEARLY_FULL_BYTES));
        ThreeNodes.ALL.forEach(node -> awaitKnown(node, node, DiskSpace.FULL));
        appendUntilRefused();

        // when
        nodes.stop(PREFERRED);
        int next = nodes.awaitLeader(id);

        // then
        nodes.awaitHighWatermark(next, id, acknowledged);
        assertRecords(nodes.log(next, id));
        appendUntilRefused();
        nodes.start(PREFERRED);
        awaitLeading(PREFERRED);
        for (int node : ThreeNodes.ALL) {
            nodes.node(node).removePartition(other).get(60, TimeUnit.SECONDS);
        }

        // and
        ThreeNodes.ALL.forEach(node -> disk(node).heal());
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldElectAFollowerThatTookAnEntryWhileItsDiskIsNearlyFull() throws Exception {
        // given: with node 3 away the next entry needs node 2, where it waits for space
        disk(2).leaveSpace(NEARLY_FULL_BYTES);
        awaitKnown(PREFERRED, 2, DiskSpace.FULL);
        nodes.stop(3);
        CompletableFuture<AppendOutcome> waiting = submit(nodes.log(PREFERRED, id), batch(acknowledged));
        await().atMost(ThreeNodes.LIMIT).until(() -> partition(2).logEndOffset() == 2);

        // when: only node 2 has it, so only node 2 can lead
        nodes.stop(PREFERRED);
        nodes.start(3);

        // then
        nodes.awaitHighWatermark(2, id, 2);
        nodes.awaitHighWatermark(3, id, 2);
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isNotInstanceOf(AppendOutcome.Appended.class);
        nodes.start(PREFERRED);
        disk(2).heal();
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldElectANodeWithSpaceWhileTheOtherWaitsForIt() throws Exception {
        // given: an entry that nodes 1 and 3 store and node 2 has in memory
        disk(2).leaveSpace(NEARLY_FULL_BYTES);
        awaitKnown(PREFERRED, 2, DiskSpace.FULL);
        awaitAppended();
        nodes.awaitHighWatermark(3, id, 2);
        await().atMost(ThreeNodes.LIMIT).until(() -> partition(2).logEndOffset() == 2);

        // when
        nodes.stop(PREFERRED);

        // then: node 2 stores it, and with it what makes the next leader ready
        assertThat(nodes.awaitLeader(id)).isIn(2, 3);
        nodes.awaitHighWatermark(2, id, 2);
        nodes.awaitHighWatermark(3, id, 2);
        disk(2).heal();
        nodes.start(PREFERRED);
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldKeepAnEntryThatMeetsAFullDiskUntilThereIsSpace() throws Exception {
        // given: no look at the disk tells
        ThreeNodes.ALL.forEach(node -> disk(node).leaveSpaceUnseen(100));

        // when
        CompletableFuture<AppendOutcome> append = submit(nodes.log(PREFERRED, id), batch(acknowledged));
        for (int node : ThreeNodes.ALL) {
            awaitAttempts(node, 2 + acknowledged);
        }

        // then
        assertThat(append).isNotDone();
        ThreeNodes.ALL.forEach(node -> disk(node).heal());
        awaitAppended();
        assertReplicas();
    }

    @Test
    void shouldStopANodeThatWaitsForSpace() throws Exception {
        // given
        disk(PREFERRED).leaveSpaceUnseen(100);
        CompletableFuture<AppendOutcome> waiting = submit(nodes.log(PREFERRED, id), batch(acknowledged));
        awaitAttempts(PREFERRED, 2 + acknowledged);

        // when
        nodes.stop(PREFERRED);

        // then
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isNotInstanceOf(AppendOutcome.Appended.class);
        awaitAppended();
        disk(PREFERRED).heal();
        nodes.start(PREFERRED);
        assertReplicas();
    }

    private FaultyDisk disk(int node) {
        return disks.computeIfAbsent(node, FaultyDisk::new);
    }

    private RaftPartition partition(int node) {
        return (RaftPartition) nodes.log(node, id);
    }

    private void awaitLeading(int node) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.node(node)
                        .partition(id.topicId(), 0)
                        .map(log -> log.leader().isLocal())
                        .orElse(false));
    }

    private void awaitKnown(int node, int ofNode, DiskSpace space) {
        await().atMost(ThreeNodes.LIMIT).until(() -> nodes.node(node).spaceOf(ofNode) == space);
    }

    /** Waits until that many records were written to segments or found no room. */
    private void awaitAttempts(int node, int attempts) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> disk(node).bytesWritten(CountingDisk::isSegment) >= (long) attempts * VALUE_BYTES);
    }

    /** A partition with records of its own on all nodes. */
    private PartitionId fullPartition(String topic, int records) throws Exception {
        PartitionId created = nodes.create(topic);
        ByteBuffer[] batches = new ByteBuffer[records];
        Arrays.fill(batches, TestAppends.batch("v".repeat(valueBytes)));
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> submit(nodes.log(nodes.awaitLeader(created), created), TestAppends.joined(batches))
                                .get(60, TimeUnit.SECONDS)
                        instanceof AppendOutcome.Appended);
        ThreeNodes.ALL.forEach(node -> nodes.awaitHighWatermark(node, created, records));
        return created;
    }

    private ByteBuffer batch(int sequence) {
        return TestAppends.batch(sequence + "-" + "v".repeat(valueBytes), PRODUCER, 0, sequence);
    }

    private static CompletableFuture<AppendOutcome> submit(ReplicatedLog log, ByteBuffer batch) {
        return log.append(batch, TestAppends.headers(batch));
    }

    /** Appends the next record at the node that leads, if there is one; counts it when it is acknowledged. */
    private Optional<AppendOutcome> append() throws Exception {
        for (RaftNode node : nodes.running()) {
            Optional<ReplicatedLog> log =
                    node.partition(id.topicId(), 0).filter(l -> l.leader().isLocal());
            if (log.isPresent()) {
                AppendOutcome outcome = submit(log.get(), batch(acknowledged)).get(60, TimeUnit.SECONDS);
                acknowledged += outcome instanceof AppendOutcome.Appended ? 1 : 0;
                return Optional.of(outcome);
            }
        }
        return Optional.empty();
    }

    private void awaitAppended() {
        await().atMost(ThreeNodes.LIMIT)
                .pollDelay(0, TimeUnit.MILLISECONDS)
                .until(() -> append().filter(outcome -> outcome instanceof AppendOutcome.Appended)
                        .isPresent());
    }

    private void appendUntilRefused() {
        await().atMost(ThreeNodes.LIMIT)
                .pollInterval(1, TimeUnit.MILLISECONDS)
                .until(() -> append().filter(outcome -> outcome instanceof AppendOutcome.OutOfSpace)
                        .isPresent());
    }

    /** All replicas hold what was acknowledged, once and in order, and the same bytes. */
    private void assertReplicas() {
        ThreeNodes.ALL.forEach(node -> nodes.awaitHighWatermark(node, id, acknowledged));
        List<ByteBuffer> contents = ThreeNodes.ALL.stream()
                .map(node -> nodes.log(node, id).read(0, Integer.MAX_VALUE))
                .toList();
        assertThat(contents).allMatch(contents.get(0)::equals);
        assertRecords(nodes.log(PREFERRED, id));
    }

    private void assertRecords(ReplicatedLog log) {
        ByteBuffer batches = log.read(0, Integer.MAX_VALUE);
        int position = batches.position();
        for (int sequence = 0; sequence < acknowledged; sequence++) {
            BatchHeader header = BatchHeader.read(batches, position);
            assertThat(header.baseOffset()).isEqualTo(sequence);
            assertThat(header.baseSequence()).isEqualTo(sequence);
            position += header.sizeInBytes();
        }
        assertThat(position).isEqualTo(batches.limit());
    }
}
