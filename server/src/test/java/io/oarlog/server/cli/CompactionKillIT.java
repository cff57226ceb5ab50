package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Promise 1 for a compacted topic against SIGKILL: nodes are killed while they compact all the time. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CompactionKillIT {
    private static final String TOPIC = "compacted";
    private static final int NODES = 3;
    private static final int ROUNDS = 2;
    private static final int KEYS = 50;
    private static final int VALUE_BYTES = 200;
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void shouldKeepTheNewestRecordOfEachKeyWhenEachNodeIsKilledWhileItCompacts() throws Exception {
        Map<Integer, Long> acknowledged;
        try (TestCluster cluster = TestCluster.start(directory, Map.of("log.cleaner.backoff.ms", "10"))) {
            // given: an idempotent producer that overwrites fifty keys all the time
            cluster.createTopic(
                    TOPIC,
                    1,
                    Map.of(
                            "cleanup.policy",
                            "compact",
                            "segment.bytes",
                            Integer.toString(MIB),
                            "min.cleanable.dirty.ratio",
                            "0.01"));
            cluster.awaitLeader(TOPIC, -1);
            try (NumberSender sender = new NumberSender(cluster.bootstrap(), CompactionKillIT::keyed)) {
                // when
                for (int round = 0; round < ROUNDS; round++) {
                    for (int node = 1; node <= NODES; node++) {
                        awaitCompacting(cluster, node);
                        sender.awaitAcknowledged(200);
                        cluster.kill(node);
                        sender.awaitAcknowledged(200);
                        cluster.start(node);
                        cluster.awaitReady();
                    }
                }
                sender.stop();
                assertThat(sender.failures()).isEmpty();
                acknowledged = sender.offsets();
            }
            for (int node = 1; node <= NODES; node++) {
                awaitCompacted(cluster, node);
            }

            // and: all at once
            for (int node = 1; node <= NODES; node++) {
                cluster.kill(node);
            }
        }

        // then
        int upToDate = 0;
        for (int node = 1; node <= NODES; node++) {
            assertSound(node);
            NavigableMap<Long, Integer> found = read(node);
            found.forEach((offset, number) -> assertThat(acknowledged).containsEntry(number, offset));
            if (found.lastKey() == acknowledged.size() - 1) {
                upToDate++;
                assertThat(newest(found.values())).as("node %d", node).isEqualTo(newest(acknowledged.keySet()));
            }
        }
        assertThat(upToDate).as("a majority has what was acknowledged last").isGreaterThanOrEqualTo(2);
    }

    private static ProducerRecord<Integer, byte[]> keyed(int number) {
        byte[] value = ByteBuffer.allocate(VALUE_BYTES).putInt(number).array();
        return new ProducerRecord<>(TOPIC, 0, number % KEYS, value);
    }

    private static Map<Integer, Integer> newest(Iterable<Integer> numbers) {
        Map<Integer, Integer> newest = new HashMap<>();
        numbers.forEach(number -> newest.merge(number % KEYS, number, Math::max));
        return newest;
    }

    /** What it compacted is in the first segment, and another one is written to or about to be compacted. */
    private void awaitCompacting(TestCluster cluster, int node) {
        Path partition = partition(cluster.dataDirectory(node));
        await().atMost(TestCluster.LIMIT)
                .until(() -> Files.size(partition.resolve("00000000000000000000.log")) < MIB / 4
                        && segmentBytes(partition) > MIB / 4);
    }

    /** Little is left but what is written to. */
    private void awaitCompacted(TestCluster cluster, int node) {
        Path partition = partition(cluster.dataDirectory(node));
        await().atMost(TestCluster.LIMIT).ignoreExceptions().until(() -> segmentBytes(partition) < 2 * MIB);
    }

    private static long segmentBytes(Path partition) throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static Path partition(Path dataDirectory) {
        try (Stream<Path> partitions = Files.list(dataDirectory.resolve("log").resolve(TOPIC))) {
            return partitions.findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path dataDirectory(int node) {
        return directory.resolve("node-" + node).resolve("data");
    }

    /** By log verify, before the node or anybody else opens what the kill left. */
    private void assertSound(int node) {
        StringWriter out = new StringWriter();
        CommandLine commandLine = Oarlog.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        assertThat(commandLine.execute("log", "verify", dataDirectory(node).toString()))
                .as("%s", out)
                .isZero();
    }

    /** Numbers by offset, of all that is left. */
    private NavigableMap<Long, Integer> read(int node) {
        NavigableMap<Long, Integer> found = new TreeMap<>();
        try (SegmentedLog log =
                SegmentedLog.open(Disk.system(), partition(dataDirectory(node)), LogSettings.defaults())) {
            long offset = log.startOffset();
            while (offset < log.endOffset()) {
                ByteBuffer chunk = log.read(offset, MIB, Long.MAX_VALUE);
                for (MutableRecordBatch batch :
                        MemoryRecords.readableRecords(chunk).batches()) {
                    batch.ensureValid();
                    assertThat(batch.baseOffset()).isLessThanOrEqualTo(offset);
                    for (Record record : batch) {
                        found.put(record.offset(), record.value().getInt());
                    }
                    offset = batch.nextOffset();
                }
            }
        }
        return found;
    }
}
