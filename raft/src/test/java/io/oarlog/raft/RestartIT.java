package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.Disk;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A node finds its files as a crash, a broken disk or an operator left them. One node: it leads what it can serve. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestartIT {
    private static final int RECORDS = 40;
    private static final int SECTOR_BYTES = 512;

    @TempDir
    static Path directory;

    private final PartitionId sound = id("sound");
    private final PartitionId flipped = id("flipped");
    private final PartitionId flippedBelowAFence = id("flipped-below-a-fence");
    private final PartitionId emptied = id("emptied");
    private final PartitionId withoutRaftLog = id("without-raft-log");
    private final PartitionId withoutDirectory = id("without-directory");
    private final PartitionId withDamagedRaftLog = id("with-damaged-raft-log");
    private final PartitionId withDamagedLastLength = id("with-damaged-last-length");
    private final PartitionId torn = id("torn");
    private final PartitionId ahead = id("ahead");
    private final Map<PartitionId, List<LogFinding>> findings = new HashMap<>();
    private final ListAppender<ILoggingEvent> progress = new ListAppender<>();
    private RaftNode node;

    @BeforeAll
    void writeAndDamageAndStartAgain() throws Exception {
        node = start(freePort());
        for (PartitionId id : List.of(
                sound,
                flipped,
                flippedBelowAFence,
                emptied,
                withoutRaftLog,
                withoutDirectory,
                withDamagedRaftLog,
                withDamagedLastLength,
                torn,
                ahead)) {
            node.createPartition(id, List.of(1)).get(60, TimeUnit.SECONDS);
            for (int i = 0; i < RECORDS; i++) {
                append(id, TestAppends.batch("value-" + i));
            }
        }
        appendWithLongHeader(torn);
        node.close();

        // A bit of the tenth record, after a kill: a clean stop is believed without a look at the segment.
        Files.delete(partitionDirectory(flipped).resolve("checkpoint"));
        flip(segment(flipped), 10L * TestAppends.batch("value-0").remaining() + 70);
        // The same, and then a write failed: what was durable by then is no less acknowledged.
        Files.delete(partitionDirectory(flippedBelowAFence).resolve("checkpoint"));
        flip(segment(flippedBelowAFence), 10L * TestAppends.batch("value-0").remaining() + 70);
        Files.createFile(partitionDirectory(flippedBelowAFence).resolve(PartitionFiles.fenceMark(RECORDS)));
        deleteFilesIn(partitionDirectory(emptied));
        Disk.system().deleteRecursively(groupDirectory(withoutRaftLog));
        Disk.system().deleteRecursively(partitionDirectory(withoutDirectory));
        flip(openRaftLog(withDamagedRaftLog), 300);
        lengthenLastEntry(withDamagedLastLength);
        tearLastEntry(openRaftLog(torn));
        appendWithoutHeader(segment(ahead));
        inspect();

        Logger logger = (Logger) LoggerFactory.getLogger(RestoreProgress.class);
        logger.setLevel(Level.INFO);
        progress.start();
        logger.addAppender(progress);
        node = start(freePort());
        logger.detachAppender(progress);
    }

    @Test
    void shouldTellWhatItOpened() {
        // then: two lack a directory; what lies behind the last checkpoint was scanned
        assertThat(progress.list)
                .last()
                .asString()
                .matches(".*opened 3 of 8 partitions \\(5 damaged\\), scanned [1-9].* in .* s");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void shouldServeWhatIsSoundAfterACleanStop() throws Exception {
        assertIsWhole(sound);
    }

    @Test
    void shouldNotServeAPartitionThatLostAcknowledgedRecordsToAFlippedBit() {
        // Cut behind the bit this replica would have forgotten what it had acknowledged, and could still vote.
        assertIsNotServed(flipped);
    }

    @Test
    void shouldNotTakeDamageBelowAFenceForHeadersThatWereNeverAcknowledged() throws IOException {
        assertIsNotServed(flippedBelowAFence);
        assertThat(segment(flippedBelowAFence)).hasSize(sizeOfSound());
    }

    private long sizeOfSound() throws IOException {
        return Files.size(segment(flipped));
    }

    @Test
    void shouldNotServeAPartitionWhoseDataIsGone() {
        assertIsNotServed(emptied);
    }

    @Test
    void shouldNotBeginAnewOnDataWhoseRaftLogIsGone() throws Exception {
        // when, then: as the broker does for every partition that is assigned to it
        assertThatThrownBy(
                        () -> node.createPartition(withoutRaftLog, List.of(1)).get(60, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(CorruptLogException.class);
        assertIsNotServed(withoutRaftLog);
        assertThat(Files.size(segment(withoutRaftLog))).isPositive();
    }

    @Test
    void shouldStartWithoutAPartitionWhoseDirectoryIsGone() {
        assertIsNotServed(withoutDirectory);
    }

    @Test
    void shouldNotServeAPartitionWhoseRaftLogIsDamaged() {
        assertIsNotServed(withDamagedRaftLog);
    }

    @Test
    void shouldNotTakeAnEntryForTornThatSeemsToEndBehindTheFile() {
        // Cut off, the record that it names would be forgotten, though this replica may have acknowledged it.
        assertIsNotServed(withDamagedLastLength);
    }

    @Test
    void shouldCutATornHeaderAndItsData() throws Exception {
        assertIsWhole(torn);
    }

    @Test
    void shouldCutDataThatNoHeaderNames() throws Exception {
        assertIsWhole(ahead);
    }

    @Test
    void shouldSayWhereItCannotListen() throws Exception {
        // given
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // when, then
            assertThatThrownBy(() -> start(taken.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    private static PartitionId id(String topic) {
        return new PartitionId(UUID.nameUUIDFromBytes(topic.getBytes(StandardCharsets.UTF_8)), topic, 0);
    }

    /** What an inspection says of the files that the node finds. */
    private void inspect() throws IOException {
        NodeInspection inspection = NodeInspection.of(directory).orElseThrow();
        for (PartitionInspection partition : inspection.partitions()) {
            Findings found = new Findings();
            partition.verify(found);
            findings.put(partition.id().orElseThrow(), found.all());
        }
        List<LogFinding> others = new ArrayList<>();
        inspection.verifyOtherGroups(others::add);
        findings.put(withoutDirectory, others);
    }

    /** One entry whose header takes several sectors. */
    private void appendWithLongHeader(PartitionId id) throws Exception {
        ByteBuffer[] many = new ByteBuffer[100];
        for (int i = 0; i < many.length; i++) {
            many[i] = TestAppends.batch("torn");
        }
        append(id, TestAppends.joined(many));
    }

    /** As if the machine had stopped before the last sector was written: there are the zeros that Ratis put there. */
    private static void tearLastEntry(Path raftLog) throws IOException {
        try (FileChannel channel = FileChannel.open(raftLog, StandardOpenOption.WRITE)) {
            long size = channel.size();
            long lastSector = (size - 1) / SECTOR_BYTES * SECTOR_BYTES;
            channel.truncate(lastSector);
            channel.write(ByteBuffer.allocate((int) (size - lastSector) + SECTOR_BYTES), lastSector);
        }
    }

    /** As if the machine had stopped between the two fsyncs of an append. */
    private static void appendWithoutHeader(Path segment) throws IOException {
        ByteBuffer batch = TestAppends.batch("ahead");
        batch.putLong(0, RECORDS);
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.APPEND)) {
            channel.write(batch);
        }
    }

    private static void deleteFilesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private RaftNode start(int port) throws IOException {
        RaftSettings raft = RaftSettings.defaults().withElectionTimeout(Duration.ofMillis(200), Duration.ofMillis(400));
        return RaftNode.start(
                new RaftNodeSettings(
                        1,
                        Map.of(1, new RaftAddress("127.0.0.1", port)),
                        directory,
                        raft,
                        LogSettings.defaults(),
                        100,
                        100,
                        1),
                Disk.system(),
                new ThreeNodes.Register(),
                new ThreeNodes.Ignored());
    }

    private void append(PartitionId id, ByteBuffer batches) throws Exception {
        assertThat(leading(id).append(batches, TestAppends.headers(batches)).get(60, TimeUnit.SECONDS))
                .isInstanceOf(AppendOutcome.Appended.class);
    }

    private ReplicatedLog leading(PartitionId id) {
        return await().atMost(ThreeNodes.LIMIT)
                .until(
                        () -> node.partition(id.topicId(), 0),
                        log -> log.isPresent() && log.get().leader().isLocal())
                .orElseThrow();
    }

    private void assertIsWhole(PartitionId id) throws Exception {
        assertThat(findings.get(id)).noneMatch(found -> found.kind() == LogFinding.Kind.DAMAGE);
        assertThat(leading(id).highWatermark()).isEqualTo(RECORDS);
        ByteBuffer next = TestAppends.batch("next");
        assertThat(leading(id).append(next, TestAppends.headers(next)).get(60, TimeUnit.SECONDS))
                .isEqualTo(new AppendOutcome.Appended(RECORDS, false));
    }

    private void assertIsNotServed(PartitionId id) {
        assertThat(findings.get(id)).anyMatch(found -> found.kind() == LogFinding.Kind.DAMAGE);
        assertThat(node.partition(id.topicId(), 0)).isEmpty();
    }

    private Path partitionDirectory(PartitionId id) {
        return directory.resolve("log").resolve(id.topic()).resolve("0." + id.topicId());
    }

    private Path segment(PartitionId id) {
        return partitionDirectory(id).resolve("00000000000000000000.log");
    }

    private Path groupDirectory(PartitionId id) {
        return directory
                .resolve("raft")
                .resolve("groups")
                .resolve(GroupIds.of(id).getUuid().toString());
    }

    private Path openRaftLog(PartitionId id) throws IOException {
        try (Stream<Path> files = Files.list(groupDirectory(id).resolve("current"))) {
            return files.filter(file -> file.toString().contains("log_inprogress"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Flips a bit of the entry's length, so that it seems to end behind the end of the file. */
    private void lengthenLastEntry(PartitionId id) throws IOException {
        List<RaftEntry> entries = new ArrayList<>();
        for (PartitionInspection partition :
                NodeInspection.of(directory).orElseThrow().partitions()) {
            if (partition.id().orElseThrow().equals(id)) {
                partition.forEachEntry(entries::add, finding -> {});
            }
        }
        RaftEntry last = entries.get(entries.size() - 1);
        byte length = Files.readAllBytes(last.file())[(int) last.position()];
        flip(last.file(), last.position(), Integer.lowestOneBit(~length));
    }

    private static void flip(Path file, long position) throws IOException {
        flip(file, position, 1);
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
