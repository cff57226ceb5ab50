package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** What is done to partitions of {@link ThreeNodes}, and to their files. */
final class TestPartitions {
    private static final long FIRST_PRODUCER = 1_000_000;

    private TestPartitions() {}

    /**
     * Values of one length, so that all batches are of one size. Idempotent: the leader may change in the midst, and nobody knows
     * then what became of an attempt.
     */
    static void append(ThreeNodes nodes, PartitionId id, int from, int to) {
        for (int i = from; i < to; i++) {
            ByteBuffer batch = TestAppends.batch("value-" + (10 + i), FIRST_PRODUCER + from, 0, i - from);
            AppendOutcome outcome = await().pollDelay(Duration.ZERO)
                    .atMost(ThreeNodes.LIMIT)
                    .until(() -> tryAppend(nodes, id, batch), AppendOutcome.Appended.class::isInstance);
            assertThat(((AppendOutcome.Appended) outcome).baseOffset()).isEqualTo(i);
        }
    }

    /**
     * Waits while no replica leads: leadership goes back to the preferred replica some time after a start.
     *
     * @return the offset
     */
    static long append(ThreeNodes nodes, PartitionId id, ByteBuffer batch) {
        AppendOutcome outcome = await().pollDelay(Duration.ZERO)
                .atMost(ThreeNodes.LIMIT)
                .until(() -> tryAppend(nodes, id, batch), found -> !(found instanceof AppendOutcome.NotLeader));
        assertThat(outcome).isInstanceOf(AppendOutcome.Appended.class);
        return ((AppendOutcome.Appended) outcome).baseOffset();
    }

    /** Waits while no replica leads, as {@link #append(ThreeNodes, PartitionId, ByteBuffer)} does. */
    static AdvanceOutcome advanceLogStart(ThreeNodes nodes, PartitionId id, long offset) {
        return await().pollDelay(Duration.ZERO)
                .atMost(ThreeNodes.LIMIT)
                .until(
                        () -> nodes.log(nodes.awaitLeader(id), id)
                                .advanceLogStart(offset)
                                .get(60, TimeUnit.SECONDS),
                        found -> !(found instanceof AdvanceOutcome.NotLeader));
    }

    static AppendOutcome tryAppend(ThreeNodes nodes, PartitionId id, ByteBuffer batch) throws Exception {
        for (RaftNode node : nodes.running()) {
            Optional<ReplicatedLog> log = node.partition(id.topicId(), 0)
                    .filter(found -> found.leader().isLocal());
            if (log.isPresent()) {
                return log.get()
                        .append(batch.duplicate(), TestAppends.headers(batch))
                        .get(60, TimeUnit.SECONDS);
            }
        }
        return new AppendOutcome.NotLeader(OptionalInt.empty(), 0);
    }

    static Path directory(ThreeNodes nodes, int node, PartitionId id) {
        return nodes.dataDirectory(node)
                .resolve("log")
                .resolve(id.topic())
                .resolve(id.partition() + "." + id.topicId());
    }

    static Path segment(Path partitionDirectory, long baseOffset) {
        return partitionDirectory.resolve(String.format(Locale.ROOT, "%020d.log", baseOffset));
    }

    static void flip(Path file, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 1)).flip();
            channel.write(one, position);
        }
    }

    /** Of an idempotent producer; waits while there is no leader. */
    static AppendOutcome appendAs(ThreeNodes nodes, PartitionId id, long producerId, int sequence) {
        ByteBuffer batch = TestAppends.batch("value-10", producerId, 0, sequence);
        return await().atMost(ThreeNodes.LIMIT)
                .until(() -> tryAppend(nodes, id, batch), outcome -> outcome instanceof AppendOutcome.Appended);
    }
}
