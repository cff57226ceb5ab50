package io.oarlog.log;

import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.append;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files as they are on the disks of users: a change here is a change of the format. */
class LogFormatTest {
    private static final LogSettings SETTINGS = new LogSettings(400, Long.MAX_VALUE, 100);
    private static final List<String> GOLDEN_FILES = List.of(
            "00000000000000000000.index",
            "00000000000000000000.log",
            "00000000000000000000.timeindex",
            "00000000000000000007.log",
            "checkpoint");

    private final FaultyDisk disk = new FaultyDisk(8);

    @Test
    void shouldWriteTheGoldenFiles() throws IOException {
        // given
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS);

        // when
        append(log, TestBatches.at(0).records(2).timestamps(1_700_000_000_000L, 1_700_000_000_005L));
        append(log, TestBatches.at(2).leaderEpoch(3).producer(4_711, 1, 0).timestamps(1_700_000_000_100L));
        append(log, TestBatches.at(3).records(3).leaderEpoch(3).timestamps(1_700_000_000_050L));
        append(log, TestBatches.at(6).leaderEpoch(4).timestamps(1_700_000_000_200L));
        append(log, TestBatches.at(7).leaderEpoch(4).timestamps(1_700_000_000_300L));

        // then
        assertThat(disk.contents().keySet())
                .extracting(path -> path.getFileName().toString())
                .isEqualTo(GOLDEN_FILES);
        for (String name : GOLDEN_FILES) {
            assertThat(disk.content(DIRECTORY.resolve(name))).as(name).isEqualTo(golden(name));
        }
    }

    @Test
    void shouldOpenTheGoldenFiles() throws IOException {
        // given
        disk.createDirectories(DIRECTORY);
        for (String name : GOLDEN_FILES) {
            disk.put(DIRECTORY.resolve(name), golden(name));
        }

        // when
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS);

        // then
        assertThat(log.endOffset()).isEqualTo(8);
        assertThat(log.recovery().isClean()).isTrue();
        assertThat(log.recovery().indexesRebuilt()).isZero();
        assertThat(log.offsetForTimestamp(1_700_000_000_101L, Long.MAX_VALUE))
                .contains(new TimestampOffset(1_700_000_000_200L, 6, 4));
        assertThat(BatchHeader.read(log.read(4, 1, 8), 0).baseOffset()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRebuildIndexesOfAnEarlierVersion(boolean hasCheckpoint) throws IOException {
        // given
        disk.createDirectories(DIRECTORY);
        for (String name : GOLDEN_FILES) {
            disk.put(DIRECTORY.resolve(name), golden(name));
        }
        for (String suffix : List.of(".index", ".timeindex")) {
            disk.put(DIRECTORY.resolve("00000000000000000000" + suffix), golden("version1" + suffix));
        }
        if (!hasCheckpoint) {
            TestLog.deleteCheckpoint(disk);
        }
        InspectedLog inspected = InspectedLog.verify(disk, SETTINGS.indexIntervalBytes(), OptionalLong.of(8));

        // when
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS);

        // then: with a checkpoint nobody looks into the files before they are needed
        assertThat(log.recovery().indexesRebuilt()).isEqualTo(hasCheckpoint ? 0 : 1);
        assertThat(log.offsetForTimestamp(1_700_000_000_101L, Long.MAX_VALUE))
                .contains(new TimestampOffset(1_700_000_000_200L, 6, 4));
        assertThat(BatchHeader.read(log.read(4, 1, 8), 0).baseOffset()).isEqualTo(3);
        String index = hasCheckpoint ? "version1.index" : "00000000000000000000.index";
        assertThat(disk.content(DIRECTORY.resolve("00000000000000000000.index")))
                .isEqualTo(golden(index));
        assertThat(inspected.damage()).isEmpty();
        assertThat(inspected.of(LogFinding.Kind.NOTE)).hasSize(2);
    }

    @Test
    void shouldKeepTheCheckpointOfACompactedLog() throws IOException {
        // given
        SegmentState segment = new SegmentState(5, 400, 12, 1_700_000_000_000L, 1_700_000_000_005L);
        LogCheckpoint checkpoint = new LogCheckpoint(6, new CompactionProgress(10, 11), List.of(segment));
        disk.createDirectories(DIRECTORY);

        // when
        checkpoint.write(disk, DIRECTORY);

        // then
        assertThat(disk.content(DIRECTORY.resolve(LogCheckpoint.FILE)))
                .isEqualTo(HexFormat.of()
                        .parseHex("4f415243000200000000000000000006000000014cc1b158000000000000000a"
                                + "000000000000000b00000000000000050000000000000190000000000000000c"
                                + "0000018bcfe568000000018bcfe56805"));
        assertThat(LogCheckpoint.read(disk, DIRECTORY)).contains(checkpoint);
    }

    private static byte[] golden(String name) throws IOException {
        Path resource = Path.of("golden", name);
        try (InputStream stream = LogFormatTest.class.getResourceAsStream(resource.toString())) {
            return Objects.requireNonNull(stream, name).readAllBytes();
        }
    }
}
