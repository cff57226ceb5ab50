package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Disk;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The directory that a node really wrote, stopped, then damaged: each test has a copy of its own. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeInspectionIT {
    private static final int RECORDS = 30;
    private static final int START = 20;
    private static final int BATCH_BYTES = TestAppends.batch("value-00").remaining();
    /** Ten batches a segment. */
    private static final LogSettings SEGMENTS = LogSettings.defaults().withSegmentBytes(10 * BATCH_BYTES);

    @TempDir
    static Path temporary;

    private final PartitionId plain = new PartitionId(UUID.randomUUID(), "plain", 0);
    private final PartitionId moved = new PartitionId(UUID.randomUUID(), "moved", 3);
    private Path directory;
    private int copies;

    @BeforeAll
    void write() throws Exception {
        try (RaftNode node = start()) {
            for (PartitionId id : List.of(plain, moved)) {
                node.createPartition(id, List.of(1)).get(60, TimeUnit.SECONDS);
                for (int i = 0; i < RECORDS - 3; i++) {
                    append(node, id, TestAppends.batch("value-%02d".formatted(i), 9, 0, i));
                }
                append(
                        node,
                        id,
                        TestAppends.joined(
                                TestAppends.batch("value-97"),
                                TestAppends.batch("value-98"),
                                TestAppends.batch("value-99")));
            }
            assertThat(leading(node, moved).advanceLogStart(START).get(60, TimeUnit.SECONDS))
                    .isEqualTo(new AdvanceOutcome.Advanced(START));
            Path deleted = segment(temporary.resolve("written"), moved, 0);
            await().atMost(ThreeNodes.LIMIT).until(() -> !Files.exists(deleted));
        }
    }

    @BeforeEach
    void copy() throws IOException {
        directory = temporary.resolve("copy-" + copies++);
        Path written = temporary.resolve("written");
        try (Stream<Path> paths = Files.walk(written)) {
            for (Path path : paths.toList()) {
                Files.copy(path, directory.resolve(written.relativize(path)));
            }
        }
    }

    @Test
    void shouldFindNothingAfterACleanStop() throws IOException {
        // given
        Map<Path, String> before = contents();

        // when
        Findings foundPlain = new Findings();
        Findings foundMoved = new Findings();
        LogInspection.Summary plainSummary = inspection(plain).verify(foundPlain);
        LogInspection.Summary movedSummary = inspection(moved).verify(foundMoved);
        List<LogFinding> others = new ArrayList<>();
        node().verifyOtherGroups(others::add);

        // then
        assertThat(foundPlain.all()).isEmpty();
        assertThat(foundMoved.all()).isEmpty();
        assertThat(others).isEmpty();
        assertThat(plainSummary.records()).isEqualTo(RECORDS);
        assertThat(plainSummary.segments()).isEqualTo(3);
        assertThat(movedSummary.startOffset()).isEqualTo(START);
        assertThat(movedSummary.endOffset()).isEqualTo(RECORDS);
        assertThat(foundMoved.batches().get(0).header().baseOffset()).isEqualTo(START);
        assertThat(contents()).isEqualTo(before);
    }

    @Test
    void shouldShowTheEntriesOfTheRaftLog() throws IOException {
        // when
        List<RaftEntry> entries = entries(moved);

        // then
        List<RaftEntry> data = entries.stream()
                .filter(entry -> entry.kind() == RaftEntry.Kind.DATA)
                .toList();
        assertThat(data.get(0).baseOffset()).isZero();
        assertThat(data.get(0).batches()).singleElement().satisfies(batch -> {
            assertThat(batch.producerId()).isEqualTo(9);
            assertThat(batch.sizeInBytes()).isEqualTo(BATCH_BYTES);
        });
        assertThat(data.stream().mapToInt(entry -> entry.batches().size()).sum())
                .isEqualTo(RECORDS);
        assertThat(entries)
                .filteredOn(entry -> entry.kind() == RaftEntry.Kind.LOG_START)
                .singleElement()
                .satisfies(entry -> assertThat(entry.baseOffset()).isEqualTo(START));
        assertThat(entries).extracting(RaftEntry::index).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void shouldTellTheBatchWhicheverOfItsBytesIsFlipped() throws IOException {
        Path segment = segment(plain, 10);
        for (int at = 4 * BATCH_BYTES; at < 5 * BATCH_BYTES; at++) {
            // given: the leader epoch as well, which the Raft log alone knows
            flip(segment, at, 1);

            // when
            List<LogFinding> found = damage(plain);

            // then
            assertThat(found).as("byte %d", at).isNotEmpty().allSatisfy(damage -> {
                assertThat(damage.file()).isEqualTo(segment);
                assertThat(damage.position()).isEqualTo(4L * BATCH_BYTES);
                assertThat(damage.offset()).isEqualTo(14);
            });
            flip(segment, at, 1);
        }
    }

    @Test
    void shouldTellTheRaftEntryWhicheverOfItsBytesIsFlipped() throws IOException {
        // given
        List<RaftEntry> entries = entries(plain);
        Path file = entries.get(0).file();
        long size = Files.size(file);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        long last = entries.get(entries.size() - 1).position();
        for (int i = 0; i < 300; i++) {
            // Each bit of the last entry's length too: the end of the file then lies within the entry.
            long position = i < 8 ? last : random.nextLong(size);
            int bits = 1 << (i < 8 ? i : random.nextInt(8));

            // when
            flip(file, position, bits);
            List<LogFinding> found = damage(plain);
            flip(file, position, bits);

            // then
            long expected = entries.stream()
                    .mapToLong(RaftEntry::position)
                    .filter(start -> start <= position)
                    .max()
                    .orElse(0);
            assertThat(found)
                    .as("seed %d: position %d, bits %d", seed, position, bits)
                    .isNotEmpty()
                    .allSatisfy(damage -> {
                        assertThat(damage.file()).isEqualTo(file);
                        assertThat(damage.position()).isEqualTo(expected);
                    });
        }
    }

    @Test
    void shouldTellATailFromDamage() throws IOException {
        // given: a batch that was written and whose header was not
        ByteBuffer batch = TestAppends.batch("ahead");
        batch.putLong(0, RECORDS);
        int bytes = batch.remaining();
        Path last = segment(plain, 20);
        Files.delete(last.resolveSibling("checkpoint"));
        long size = Files.size(last);
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.APPEND)) {
            channel.write(batch);
        }

        // when
        Findings found = new Findings();
        LogInspection.Summary summary = inspection(plain).verify(found);

        // then
        assertThat(found.of(LogFinding.Kind.DAMAGE)).isEmpty();
        assertThat(found.of(LogFinding.Kind.TAIL))
                .containsExactly(new LogFinding(
                        LogFinding.Kind.TAIL,
                        last,
                        size,
                        RECORDS,
                        bytes + " bytes not acknowledged; the next start cuts them"));
        assertThat(summary.endOffset()).isEqualTo(RECORDS);
    }

    @Test
    void shouldTellWhichAcknowledgedBytesAreMissingAtTheEnd() throws IOException {
        // given
        Path last = segment(plain, 20);
        Files.delete(last.resolveSibling("checkpoint"));
        truncate(last, 8 * BATCH_BYTES + 20);

        // when
        List<LogFinding> found = damage(plain);

        // then
        assertThat(found).allSatisfy(damage -> {
            assertThat(damage.file()).isEqualTo(last);
            assertThat(damage.position()).isEqualTo(8L * BATCH_BYTES);
            assertThat(damage.offset()).isEqualTo(28);
        });
        assertThat(found).anySatisfy(damage -> assertThat(damage.what()).contains("offsets 28 to 29"));
    }

    @Test
    void shouldUnderstandHeadersWithoutDataAfterAFailedWrite() throws IOException {
        // given
        Path last = segment(plain, 20);
        Files.delete(last.resolveSibling("checkpoint"));
        markFenced(last, 26);
        truncate(last, 6 * BATCH_BYTES + 20);

        // when
        Findings found = new Findings();
        LogInspection.Summary summary = inspection(plain).verify(found);

        // then: the entry with three batches is still whole
        assertThat(found.of(LogFinding.Kind.DAMAGE)).isEmpty();
        assertThat(found.of(LogFinding.Kind.TAIL))
                .extracting(LogFinding::offset)
                .containsExactly(26L, 26L);
        assertThat(summary.endOffset()).isEqualTo(26);
    }

    @Test
    void shouldTellWhatIsMissingOfWhatWasDurableBeforeAFailedWrite() throws IOException {
        // given
        Path last = segment(plain, 20);
        Files.delete(last.resolveSibling("checkpoint"));
        markFenced(last, 28);
        truncate(last, 6 * BATCH_BYTES + 20);

        // when
        List<LogFinding> found = damage(plain);

        // then
        assertThat(found).anySatisfy(damage -> {
            assertThat(damage.file()).isEqualTo(last);
            assertThat(damage.offset()).isEqualTo(26);
        });
    }

    @Test
    void shouldTellOfHeadersAboveAFenceAlsoWhereThereIsData() throws IOException {
        // given: it may be that of a former leader
        markFenced(segment(plain, 20), 26);

        // when
        Findings found = new Findings();
        LogInspection.Summary summary = inspection(plain).verify(found);

        // then: as the next start does
        assertThat(found.of(LogFinding.Kind.DAMAGE)).isEmpty();
        assertThat(found.of(LogFinding.Kind.TAIL))
                .extracting(LogFinding::offset)
                .containsExactly(26L, 26L);
        assertThat(summary.endOffset()).isEqualTo(26);
    }

    private static void markFenced(Path segment, long durableEnd) throws IOException {
        Files.createFile(segment.resolveSibling(PartitionFiles.fenceMark(durableEnd)));
    }

    @Test
    void shouldTellWhatIsGone() throws IOException {
        // given
        Files.delete(openRaftLog(groupDirectory(plain)));
        Disk.system().deleteRecursively(partitionDirectory(directory, moved));

        // when
        List<LogFinding> others = new ArrayList<>();
        node().verifyOtherGroups(others::add);

        // then
        assertThat(damage(plain)).singleElement().satisfies(found -> {
            assertThat(found.file()).isEqualTo(groupDirectory(plain));
            assertThat(found.what()).contains("up to offset " + RECORDS);
        });
        assertThat(others).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo(LogFinding.Kind.DAMAGE);
            assertThat(found.file()).isEqualTo(groupDirectory(moved));
        });
    }

    @Test
    void shouldTellADamagedMetadataLog() throws IOException {
        // given
        Path metadata = openRaftLog(RaftNode.groupsDirectory(directory)
                .resolve(GroupIds.METADATA.getUuid().toString()));
        flip(metadata, Files.size(metadata) / 2, 1);

        // when
        List<LogFinding> others = new ArrayList<>();
        node().verifyOtherGroups(others::add);

        // then
        assertThat(others)
                .singleElement()
                .satisfies(found -> assertThat(found.file()).isEqualTo(metadata));
    }

    @Test
    void shouldKnowADirectoryWhenItSeesOne() throws IOException {
        Path partition = partitionDirectory(directory, plain);
        assertThat(NodeInspection.of(partition)).isEmpty();
        assertThat(NodeInspection.of(temporary)).isEmpty();
        assertThat(NodeInspection.isPartition(partition)).isTrue();
        assertThat(NodeInspection.isPartition(directory)).isFalse();
        assertThat(NodeInspection.around(partition).orElseThrow().dataDirectory())
                .isEqualTo(directory.toAbsolutePath());
        assertThat(NodeInspection.around(directory)).isEmpty();
    }

    @Test
    void shouldLookAtASegmentDirectoryWithoutANode() throws IOException {
        // given
        Path partition = partitionDirectory(directory, plain);

        // when
        PartitionInspection inspection = NodeInspection.partition(partition);
        Findings found = new Findings();
        inspection.verify(found);

        // then
        assertThat(found.all()).isEmpty();
        assertThat(inspection.hasRaftLog()).isFalse();
        assertThat(inspection.id()).contains(plain);
        assertThat(found.batches())
                .extracting(InspectedBatch::header)
                .extracting(BatchHeader::baseOffset)
                .hasSize(RECORDS);
    }

    private RaftNode start() throws IOException {
        RaftSettings raft = RaftSettings.defaults().withElectionTimeout(Duration.ofMillis(200), Duration.ofMillis(400));
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        return RaftNode.start(
                new RaftNodeSettings(
                        1,
                        Map.of(1, new RaftAddress("127.0.0.1", port)),
                        temporary.resolve("written"),
                        raft,
                        SEGMENTS,
                        100,
                        100,
                        1),
                Disk.system(),
                new ThreeNodes.Register(),
                new ThreeNodes.Ignored());
    }

    private static void append(RaftNode node, PartitionId id, ByteBuffer batches) throws Exception {
        assertThat(leading(node, id)
                        .append(batches, TestAppends.headers(batches))
                        .get(60, TimeUnit.SECONDS))
                .isInstanceOf(AppendOutcome.Appended.class);
    }

    private static ReplicatedLog leading(RaftNode node, PartitionId id) {
        return await().atMost(ThreeNodes.LIMIT)
                .until(
                        () -> node.partition(id.topicId(), id.partition()),
                        log -> log.isPresent() && log.get().leader().isLocal())
                .orElseThrow();
    }

    private NodeInspection node() {
        return NodeInspection.of(directory).orElseThrow();
    }

    private PartitionInspection inspection(PartitionId id) throws IOException {
        return node().partitions().stream()
                .filter(partition -> partition.id().orElseThrow().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private List<LogFinding> damage(PartitionId id) throws IOException {
        Findings found = new Findings();
        inspection(id).verify(found);
        return found.of(LogFinding.Kind.DAMAGE);
    }

    private List<RaftEntry> entries(PartitionId id) throws IOException {
        List<RaftEntry> entries = new ArrayList<>();
        List<LogFinding> findings = new ArrayList<>();
        inspection(id).forEachEntry(entries::add, findings::add);
        assertThat(findings).isEmpty();
        return entries;
    }

    private Path segment(PartitionId id, long baseOffset) {
        return segment(directory, id, baseOffset);
    }

    private static Path segment(Path dataDirectory, PartitionId id, long baseOffset) {
        return partitionDirectory(dataDirectory, id).resolve("%020d.log".formatted(baseOffset));
    }

    private static Path partitionDirectory(Path dataDirectory, PartitionId id) {
        return RaftNode.logDirectory(dataDirectory).resolve(id.topic()).resolve(id.partition() + "." + id.topicId());
    }

    private Path groupDirectory(PartitionId id) {
        return RaftNode.groupsDirectory(directory)
                .resolve(GroupIds.of(id).getUuid().toString());
    }

    private static Path openRaftLog(Path groupDirectory) throws IOException {
        try (Stream<Path> files = Files.list(groupDirectory.resolve("current"))) {
            return files.filter(file -> file.toString().contains("log_inprogress"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Map<Path, String> contents() throws IOException {
        Map<Path, String> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                String bytes =
                        Files.isDirectory(path) ? "" : java.util.HexFormat.of().formatHex(Files.readAllBytes(path));
                contents.put(path, Files.getLastModifiedTime(path) + " " + bytes);
            }
        }
        return contents;
    }

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    private static void flip(Path file, long position, int bits) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.flip();
            one.put(0, (byte) (one.get(0) ^ bits));
            channel.write(one, position);
        }
    }
}
