package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas compact what all of them hold, each in its own time, and mean the same afterwards. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CompactionIT {
    private static final int BATCH_BYTES = batch(100).remaining();
    /** Ten batches a segment. */
    private static final LogSettings SETTINGS = LogSettings.defaults().withSegmentBytes(10 * BATCH_BYTES);

    private static final CompactionPolicy POLICY = new CompactionPolicy(0, 0, 1 << 20);
    private static final int KEYS = 7;

    @TempDir
    Path directory;

    private ThreeNodes nodes;
    private PartitionId id;

    @BeforeEach
    void start() throws IOException {
        nodes = new ThreeNodes(directory, node -> Disk.system(), SETTINGS);
        id = nodes.create("compacted");
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    /** Record by number: keys come in turns. */
    private static ByteBuffer batch(int number) {
        return MemoryRecords.withRecords(
                        Compression.NONE,
                        new SimpleRecord(1_000, bytes("key-" + number % KEYS), bytes("value-" + number)))
                .buffer();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldCompactAllReplicasToTheNewestValuesAndFindThemAgain() throws Exception {
        // given
        append(100, 155);
        awaitAllHave(55);

        // when
        awaitBound(50);
        for (int node : ThreeNodes.ALL) {
            awaitAgreedAt(node);
            assertThat(compact(node)).isTrue();
        }

        // then: what is left below the bound is one record of each key
        for (int node : ThreeNodes.ALL) {
            assertThat(read(node).headMap(50L)).as("node %d", node).hasSize(KEYS);
            verify(node, 55);
        }
        for (int node : ThreeNodes.ALL) {
            restart(node);
        }
        append(155, 175);
        awaitAllHave(75);
        for (int node : ThreeNodes.ALL) {
            verify(node, 75);
        }
        stopAndInspectAll();
    }

    /** Its entries cannot be sent any more: their bytes are gone. */
    @Test
    void shouldGiveANewReplicaACopyOfWhatIsCompacted() throws Exception {
        // given: a group of two, which has compacted
        move(List.of(1, 2));
        nodes.node(3).removePartition(id).get(60, TimeUnit.SECONDS);
        append(100, 155);
        nodes.awaitHighWatermark(1, id, 55);
        nodes.awaitHighWatermark(2, id, 55);
        awaitBound(50);
        for (int node : List.of(1, 2)) {
            awaitAgreedAt(node);
            assertThat(compact(node)).isTrue();
        }

        // when
        nodes.node(3).joinPartition(id).get(60, TimeUnit.SECONDS);
        move(ThreeNodes.ALL);

        // then
        append(155, 175);
        awaitAllHave(75);
        for (int node : ThreeNodes.ALL) {
            assertThat(read(node).headMap(50L)).as("node %d", node).hasSize(KEYS);
            verify(node, 75);
        }
        restart(3);
        awaitAllHave(75);
        verify(3, 75);
        stopAndInspectAll();
    }

    private void move(List<Integer> members) {
        await().atMost(ThreeNodes.LIMIT)
                .ignoreExceptions()
                .until(() -> nodes.node(nodes.awaitLeader(id))
                        .changeMembers(id, members)
                        .get(60, TimeUnit.SECONDS));
    }

    @Test
    void shouldAgreeOnNothingBeforeEnoughIsDirty() throws Exception {
        // given
        append(100, 135);
        awaitAllHave(35);
        awaitBound(30);
        compactAll();
        append(135, 145);
        awaitAllHave(45);

        // when / then: a segment of ten after one of seven is less than two thirds
        assertThat(advance(new CompactionTrigger(2.0 / 3, Long.MAX_VALUE))).isEqualTo(new AdvanceOutcome.Advanced(30));
        awaitBound(40);
        int follower = nodes.awaitLeader(id) == 1 ? 2 : 1;
        assertThat(nodes.log(follower, id)
                        .advanceCompactionBound(POLICY, CompactionTrigger.always(), 0)
                        .get(60, TimeUnit.SECONDS))
                .isInstanceOf(AdvanceOutcome.NotLeader.class);
    }

    @Test
    void shouldNotCompactWhatAReplicaThatIsAwayDoesNotHave() throws Exception {
        // given
        append(100, 125);
        awaitAllHave(25);
        awaitBound(20);
        int leader = nodes.awaitLeader(id);
        int away = leader == 1 ? 2 : 1;
        nodes.stop(away);
        append(125, 195);

        // when
        for (int i = 0; i < 5; i++) {
            assertThat(advance(CompactionTrigger.always())).isEqualTo(new AdvanceOutcome.Advanced(20));
        }
        for (int node : ThreeNodes.ALL) {
            if (node != away) {
                awaitAgreedAt(node);
                compact(node);
                // What they remember of the entries goes with the process.
                restart(node);
            }
        }
        nodes.start(away);

        // then: it is sent what was written meanwhile, and holds nothing back any more
        awaitAllHave(95);
        awaitBound(90);
        awaitAgreedAt(away);
        compact(away);
        for (int node : ThreeNodes.ALL) {
            verify(node, 95);
        }
        stopAndInspectAll();
    }

    @Test
    void shouldGoOnUnderOtherLeadersWhateverEachReplicaHasCompacted() throws Exception {
        // given: the first leader alone has compacted
        append(100, 155);
        awaitAllHave(55);
        awaitBound(50);
        int first = nodes.awaitLeader(id);
        compact(first);

        // when: it goes, and the next leader has another follower catch up with what came since
        nodes.stop(first);
        append(155, 175);
        int second = nodes.awaitLeader(id);
        awaitAgreedAt(second);
        compact(second);
        nodes.start(first);

        // then
        awaitAllHave(75);
        awaitBound(70);
        for (int node : ThreeNodes.ALL) {
            awaitAgreedAt(node);
            compact(node);
            verify(node, 75);
        }
        stopAndInspectAll();
    }

    @Test
    void shouldDeleteBelowTheLogsStartWhatWasCompacted() throws Exception {
        // given
        append(100, 155);
        awaitAllHave(55);
        awaitBound(50);
        int leader = nodes.awaitLeader(id);
        compact(leader);

        // when
        assertThat(TestPartitions.advanceLogStart(nodes, id, 48)).isEqualTo(new AdvanceOutcome.Advanced(48));

        // then
        for (int node : ThreeNodes.ALL) {
            await().atMost(ThreeNodes.LIMIT).until(() -> nodes.log(node, id).logStartOffset() == 48);
            compact(node);
            assertThat(read(node).firstKey()).isGreaterThanOrEqualTo(48);
            restart(node);
        }
        append(155, 160);
        awaitAllHave(60);
        stopAndInspectAll();
    }

    @Test
    void shouldRepairWhatIsDamagedBehindTheCompactedPart() throws Exception {
        // given: every replica has compacted
        append(100, 155);
        awaitAllHave(55);
        awaitBound(50);
        compactAll();
        int damaged = nodes.awaitLeader(id) == 1 ? 2 : 1;
        nodes.stop(damaged);
        byte[] compacted = Files.readAllBytes(segment(damaged, 0));

        // when: also without the checkpoint, which knew what was compacted
        Files.delete(partition(damaged).resolve("checkpoint"));
        flip(segment(damaged, 50), 2L * BATCH_BYTES + 70);
        nodes.start(damaged);

        // then
        nodes.awaitHighWatermark(damaged, id, 55);
        append(155, 165);
        awaitAllHave(65);
        verify(damaged, 65);
        assertThat(Files.readAllBytes(segment(damaged, 0))).isEqualTo(compacted);
        stopAndInspectAll();
    }

    @Test
    void shouldNotMixEntriesIntoWhatWasCompacted() throws Exception {
        // given
        append(100, 155);
        awaitAllHave(55);
        awaitBound(50);
        compactAll();
        nodes.stop(1);
        Path damaged = segment(1, 0);
        flip(damaged, 40);
        byte[] before = Files.readAllBytes(damaged);
        PartitionFiles files = new PartitionFiles(Disk.system(), partition(1), SETTINGS, new OpenFiles(10));
        Path group = RaftNode.groupsDirectory(nodes.dataDirectory(1))
                .resolve(GroupIds.of(id).getUuid().toString());

        // when, then: nobody is asked for what a peer may still have
        assertThatThrownBy(() -> PartitionRepair.run(
                        files,
                        group,
                        RaftSettings.defaults().maxEntryBytes(),
                        DiskReserve.of(Disk.system(), group, 1),
                        (entry, members) -> {
                            throw new AssertionError(entry);
                        },
                        () -> false))
                .isInstanceOf(PartitionRepair.BeyondHeadersException.class);
        assertThat(Files.readAllBytes(damaged)).isEqualTo(before);
    }

    @Test
    void shouldCopyTheWholeReplicaWhenWhatItCompactedIsDamaged() throws Exception {
        // given
        append(100, 155);
        awaitAllHave(55);
        awaitBound(50);
        compactAll();
        flip(segment(1, 0), 40);

        // when
        assertThat(nodes.log(1, id).scrub(bytes -> true).damage()).isPresent();

        // then
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.node(1)
                        .partition(id.topicId(), id.partition())
                        .filter(log -> log.highWatermark() == 55)
                        .isPresent());
        append(155, 165);
        awaitAllHave(65);
        verify(1, 65);
        stopAndInspectAll();
    }

    private void compactAll() {
        for (int node : ThreeNodes.ALL) {
            awaitAgreedAt(node);
            compact(node);
        }
    }

    private Path partition(int node) {
        return nodes.dataDirectory(node)
                .resolve("log")
                .resolve(id.topic())
                .resolve(id.partition() + "." + id.topicId());
    }

    private Path segment(int node, long baseOffset) {
        return partition(node).resolve(String.format(Locale.ROOT, "%020d.log", baseOffset));
    }

    private static void flip(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[Math.toIntExact(position)] ^= 1;
        Files.write(file, bytes);
    }

    private void append(int from, int to) {
        for (int i = from; i < to; i++) {
            TestPartitions.append(nodes, id, batch(i));
        }
    }

    private void awaitAllHave(long highWatermark) {
        ThreeNodes.ALL.forEach(node -> nodes.awaitHighWatermark(node, id, highWatermark));
    }

    private void restart(int node) throws IOException {
        nodes.stop(node);
        nodes.start(node);
    }

    private AdvanceOutcome advance(CompactionTrigger trigger) throws Exception {
        return nodes.log(nodes.awaitLeader(id), id)
                .advanceCompactionBound(POLICY, trigger, 0)
                .get(60, TimeUnit.SECONDS);
    }

    /** The leader hears with the next heartbeats how far the others have committed. */
    private void awaitBound(long bound) {
        await().atMost(ThreeNodes.LIMIT)
                .until(
                        () -> advance(CompactionTrigger.always()),
                        outcome -> outcome.equals(new AdvanceOutcome.Advanced(bound)));
    }

    private void awaitAgreedAt(int node) {
        await().atMost(ThreeNodes.LIMIT)
                .until(() -> nodes.node(node)
                        .partition(id.topicId(), id.partition())
                        .map(log -> log.compactionBacklog(POLICY, 0).dirtyBytes() > 0)
                        .orElse(false));
    }

    /** Whether it came to its end. */
    private boolean compact(int node) {
        return nodes.log(node, id).compact(POLICY, 0).orElseThrow().isComplete();
    }

    /** All offsets in order, every record as it was appended, the newest one of each key. */
    private void verify(int node, int records) {
        Map<Long, String> found = read(node);
        Map<String, String> newest = new HashMap<>();
        found.values().forEach(text -> newest.put(text.substring(0, text.indexOf('=')), text));
        for (Map.Entry<Long, String> record : found.entrySet()) {
            assertThat(record.getValue()).isEqualTo(text(record.getKey()));
        }
        for (int offset = records - KEYS; offset < records; offset++) {
            assertThat(newest.values()).as("node %d", node).contains(text(offset));
        }
    }

    private static String text(long offset) {
        long number = 100 + offset;
        return "key-" + number % KEYS + "=value-" + number;
    }

    private NavigableMap<Long, String> read(int node) {
        NavigableMap<Long, String> found = new TreeMap<>();
        ReplicatedLog log = nodes.log(node, id);
        long offset = log.logStartOffset();
        while (offset < log.highWatermark()) {
            ByteBuffer chunk = log.read(offset, 1_000);
            assertThat(chunk.remaining()).as("at offset %d", offset).isPositive();
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(chunk).batches()) {
                batch.ensureValid();
                for (Record record : batch) {
                    if (record.offset() >= offset) {
                        String text = StandardCharsets.UTF_8.decode(record.key()) + "="
                                + StandardCharsets.UTF_8.decode(record.value());
                        assertThat(found.put(record.offset(), text)).isNull();
                    }
                }
                assertThat(batch.nextOffset()).isGreaterThan(offset);
                offset = batch.nextOffset();
            }
        }
        return found;
    }

    /** What log verify says of the stopped nodes. */
    private void stopAndInspectAll() throws IOException {
        for (int node : ThreeNodes.ALL) {
            nodes.stop(node);
            Findings findings = new Findings();
            inspection(node).verify(findings);
            assertThat(findings.all()).as("node %d", node).isEmpty();
        }
    }

    private PartitionInspection inspection(int node) throws IOException {
        List<PartitionInspection> partitions = new ArrayList<>(
                NodeInspection.of(nodes.dataDirectory(node)).orElseThrow().partitions());
        partitions.removeIf(partition -> !partition.id().equals(Optional.of(id)));
        return partitions.get(0);
    }
}
