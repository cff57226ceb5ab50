package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CountingDisk;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promise 5: record bytes are written to disk once per replica. Counted where the log hands them to the file system. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class WriteOnceIT {
    private static final int APPENDS = 2_000;
    private static final int VALUE_BYTES = 10_000;
    /** Ratis's logs are allocated ahead in steps of this size. */
    private static final long ALLOCATION_BYTES = 64 * 1024;

    @TempDir
    Path directory;

    @Test
    void shouldWriteRecordBytesOnceAndHeadersOnlyToTheRaftLog() throws Exception {
        // given: segments that roll on the way
        Map<Integer, CountingDisk> disks = new HashMap<>();
        IntFunction<CountingDisk> diskOf = node -> disks.computeIfAbsent(node, n -> new CountingDisk());
        try (ThreeNodes nodes =
                new ThreeNodes(directory, diskOf::apply, LogSettings.defaults().withSegmentBytes(4 << 20))) {
            PartitionId id = nodes.create("orders");
            int leader = nodes.awaitLeader(id);
            String value = "v".repeat(VALUE_BYTES);
            long raftBytesBefore = raftBytes(nodes, leader);

            // when
            long payload = 0;
            List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < APPENDS; i++) {
                ByteBuffer batch = TestAppends.batch(value);
                payload += batch.remaining();
                outcomes.add(nodes.log(leader, id).append(batch, TestAppends.headers(batch)));
            }
            for (CompletableFuture<AppendOutcome> outcome : outcomes) {
                assertThat(outcome.get(60, TimeUnit.SECONDS)).isInstanceOf(AppendOutcome.Appended.class);
            }

            // then
            for (int node : ThreeNodes.ALL) {
                nodes.awaitHighWatermark(node, id, APPENDS);
                long written = diskOf.apply(node).bytesWritten(CountingDisk::isSegment);
                double ratio = (double) written / payload;
                assertThat(ratio)
                        .as("bytes written on node %d per payload byte", node)
                        .isBetween(1.0, 1.02);
            }
            long raftBytes = raftBytes(nodes, leader) - raftBytesBefore;
            assertThat(raftBytes)
                    .as("growth of the Raft log beside %d bytes of payload", payload)
                    .isLessThan(payload / 50 + 2 * ALLOCATION_BYTES);
        }
    }

    private static long raftBytes(ThreeNodes nodes, int node) throws IOException {
        try (Stream<Path> files = Files.walk(nodes.dataDirectory(node).resolve("raft"))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
