package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class LogCommandTest {
    private static final long TIME = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private Path partition;
    private Path segment;
    private StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() {
        partition = directory.resolve("orders").resolve("4.00000000-0000-0001-0000-000000000002");
        segment = partition.resolve("00000000000000000000.log");
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), partition, LogSettings.defaults())) {
            append(
                    log,
                    1,
                    MemoryRecords.withRecords(Compression.NONE, record(0, "k0", "v0"), record(5, null, "a \"b\"\n")));
            append(
                    log,
                    1,
                    MemoryRecords.withIdempotentRecords(
                            Compression.NONE,
                            7L,
                            (short) 2,
                            10,
                            new SimpleRecord(TIME + 9, new byte[] {(byte) 0xff, 0}, null, new Header[] {
                                new RecordHeader("trace", bytes("x")), new RecordHeader("none", null)
                            })));
            append(
                    log,
                    3,
                    MemoryRecords.withTransactionalRecords(
                            Compression.NONE, 8L, (short) 0, 0, record(12, "k3", "\u001b[31m")));
            log.flush();
        }
    }

    @Test
    void shouldDumpAsItAlwaysDid() {
        // when
        int code = run("log", "dump", partition.toString(), "--records");

        // then
        assertThat(out.toString().replace(partition.toString(), "DIR").lines())
                .containsExactly(
                        "orders-4",
                        "DIR/00000000000000000000.log",
                        "  offsets 0..1 records 2 bytes 85 position 0 crc 6b4e6cd1 ok epoch 1 compression none created"
                                + " 2023-11-14T22:13:20Z..2023-11-14T22:13:20.005Z",
                        "    0 2023-11-14T22:13:20Z \"k0\": \"v0\"",
                        "    1 2023-11-14T22:13:20.005Z null: \"a \\\"b\\\"\\n\"",
                        "  offsets 2..2 records 1 bytes 84 position 85 crc 20d3aeed ok epoch 1 producer 7/2 sequence 10"
                                + " compression none created 2023-11-14T22:13:20.009Z..2023-11-14T22:13:20.009Z",
                        "    2 2023-11-14T22:13:20.009Z 0xff00: null \"trace\"=\"x\" \"none\"=null",
                        "  offsets 3..3 records 1 bytes 75 position 169 crc f57da2f0 ok epoch 3 producer 8/0 sequence 0"
                                + " compression none created 2023-11-14T22:13:20.012Z..2023-11-14T22:13:20.012Z transactional",
                        "    3 2023-11-14T22:13:20.012Z \"k3\": \"\\u001b[31m\"");
        assertThat(code).isZero();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldDumpJsonAsItAlwaysDid() {
        // when
        int code = run("log", "dump", partition.toString(), "--records", "--json", "--from", "2", "--to", "2");

        // then
        assertThat(out.toString().replace(partition.toString(), "DIR").lines())
                .containsExactly(
                        "{\"type\":\"batch\",\"topic\":\"orders\",\"partition\":4,"
                                + "\"file\":\"DIR/00000000000000000000.log\",\"position\":85,\"baseOffset\":2,"
                                + "\"lastOffset\":2,\"records\":1,\"bytes\":84,\"crc\":\"20d3aeed\",\"isCrcSound\":true,"
                                + "\"leaderEpoch\":1,\"producerId\":7,\"producerEpoch\":2,\"baseSequence\":10,"
                                + "\"compression\":\"none\",\"timestampType\":\"CreateTime\","
                                + "\"baseTimestamp\":1700000000009,\"maxTimestamp\":1700000000009,"
                                + "\"isTransactional\":false,\"isControl\":false}",
                        "{\"type\":\"record\",\"topic\":\"orders\",\"partition\":4,\"offset\":2,"
                                + "\"timestamp\":1700000000009,\"keyBase64\":\"/wA=\",\"value\":null,"
                                + "\"headers\":[{\"key\":\"trace\",\"value\":\"x\"},{\"key\":\"none\",\"value\":null}]}");
        assertThat(code).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0 1 2 3",
        "--from 1, 0 1 2 3",
        "--from 2, 2 3",
        "--to 1, 0 1",
        "--from 2 --to 2, 2",
        "--limit 2, 0 1 2",
        "--limit 0, ''",
        "--from 4, ''"
    })
    void shouldDumpWhatLiesInARange(String options, String offsets) throws Exception {
        // when
        List<String> arguments = new ArrayList<>(List.of("log", "dump", partition.toString(), "--json"));
        arguments.addAll(
                Arrays.stream(options.split(" ")).filter(o -> !o.isEmpty()).toList());
        int code = run(arguments.toArray(String[]::new));

        // then
        List<String> found = new ArrayList<>();
        for (JsonNode batch : json()) {
            for (long at = batch.get("baseOffset").asLong();
                    at <= batch.get("lastOffset").asLong();
                    at++) {
                found.add(Long.toString(at));
            }
        }
        assertThat(String.join(" ", found)).isEqualTo(offsets);
        assertThat(code).isZero();
    }

    @Test
    void shouldUnpackRecordsAndSayWhenTheyAreNone() throws Exception {
        // given: a compressed batch, and one whose checksum is right but whose records are no records
        MemoryRecords packed = MemoryRecords.withRecords(Compression.gzip().build(), record(0, "key", "packed"));
        MemoryRecords garbled = MemoryRecords.withRecords(Compression.gzip().build(), record(0, "key", "garbled"));
        ByteBuffer bytes = garbled.buffer();
        bytes.putInt(bytes.limit() - 20, -1).putInt(61, -1);
        RecordBatches.setLogAppendTime(bytes, 0, TIME); // gives it the checksum of what it is now
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), partition, LogSettings.defaults())) {
            append(log, 4, packed);
            append(log, 4, garbled);
            log.flush();
        }

        // when
        int code = run("log", "dump", partition.toString(), "--records", "--from", "4");

        // then
        assertThat(out.toString()).contains("gzip", "\"key\": \"packed\"", "note: " + segment, "cannot be unpacked");
        assertThat(code).isZero();
    }

    @Test
    void shouldVerify() throws Exception {
        // when, then
        assertThat(run("log", "verify", partition.toString())).isZero();
        assertThat(out.toString())
                .isEqualToIgnoringNewLines(
                        "1 partition, 1 segment, 3 batches, 4 records, " + Files.size(segment) + " bytes: sound");
        assertThat(run("log", "verify", partition.toString(), "--json")).isZero();
        assertThat(json()).singleElement().satisfies(total -> {
            assertThat(total.get("type").asText()).isEqualTo("total");
            assertThat(total.get("records").asInt()).isEqualTo(4);
        });
    }

    @Test
    void shouldExitWithOneAndThePlaceWhenAByteIsFlipped() throws Exception {
        // given
        flip(segment, 160);

        // when, then
        assertThat(run("log", "verify", partition.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "damage: " + segment + ": position 85, offset 2: batch: expected CRC",
                        "bytes: 1 place damaged");
        assertThat(run("log", "verify", partition.toString(), "--json")).isEqualTo(1);
        assertThat(json().get(0).get("position").asInt()).isEqualTo(85);
        assertThat(run("log", "dump", partition.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("position 85 crc", "WRONG");
        assertThat(run("log", "dump", partition.toString(), "--from", "3")).isZero();
    }

    @Test
    void shouldReportAnIndexOfWhichAnotherFileTellsOtherwise() throws Exception {
        // given
        Path index = partition.resolve("00000000000000000000.timeindex");
        flip(index, 12);

        // when, then
        assertThat(run("log", "verify", partition.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("damage: " + index + ": position 12");
    }

    @Test
    void shouldRefuseWhatIsNoDirectoryOfOarlog() throws Exception {
        // given
        Path cluster = directory.resolve("cluster");
        Files.createDirectories(cluster.resolve("node-1").resolve("log"));
        Files.createDirectories(cluster.resolve("node-1").resolve("raft").resolve("groups"));

        // when, then
        assertRefused(
                "no such directory", "log", "verify", directory.resolve("none").toString());
        assertRefused("neither", "log", "dump", directory.toString());
        assertRefused("did you mean " + cluster.resolve("node-1"), "log", "verify", cluster.toString());
        assertRefused("no partition 5", "log", "verify", partition.toString(), "-p", "5");
        assertRefused("topic 'other'", "log", "verify", partition.toString(), "-t", "other");
        assertThat(run("log", "verify", partition.toString(), "-t", "orders", "-p", "4"))
                .isZero();
        assertThat(run("log", "verify", cluster.resolve("node-1").toString())).isZero();
    }

    private void assertRefused(String reason, String... arguments) {
        err.getBuffer().setLength(0);
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString()).contains(reason).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    private List<JsonNode> json() throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            objects.add(new ObjectMapper().readTree(line));
        }
        return objects;
    }

    private int run(String... arguments) {
        out = new StringWriter();
        CommandLine commandLine = Oarlog.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static void append(SegmentedLog log, int leaderEpoch, MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        RecordBatches.placeAt(bytes, 0, log.endOffset(), leaderEpoch);
        log.append(List.of(bytes), RecordBatches.validate(bytes, Integer.MAX_VALUE));
    }

    private static SimpleRecord record(int afterMillis, @Nullable String key, String value) {
        return new SimpleRecord(TIME + afterMillis, key == null ? null : bytes(key), bytes(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void flip(Path file, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 1)).flip();
            channel.write(one, position);
        }
    }
}
