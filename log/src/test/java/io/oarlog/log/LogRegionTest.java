package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.SETTINGS;
import static io.oarlog.log.TestLog.append;
import static io.oarlog.log.TestLog.appendTo;
import static io.oarlog.log.TestLog.expected;
import static io.oarlog.log.TestLog.openWith;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRegionTest {
    private static final int MAX = Integer.MAX_VALUE / 2;

    private final FaultyDisk disk = new FaultyDisk(17);

    private static byte[] bytes(LogRegion region) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WritableByteChannel channel = Channels.newChannel(bytes);
        while (bytes.size() < region.sizeInBytes()) {
            region.transferTo(channel, bytes.size());
        }
        return bytes.toByteArray();
    }

    @Test
    void shouldHoldTheRestOfItsSegment() throws IOException {
        // given: segments of ten batches
        SegmentedLog log = openWith(disk, 35);

        // when
        try (LogRegion region = log.region(12, 1, MAX, 35).orElseThrow()) {
            // then
            assertThat(bytes(region)).isEqualTo(expected(12, 20));
            assertThat(region.nextOffset()).isEqualTo(20);
        }
    }

    @Test
    void shouldHoldCommittedBatchesOfTheSegmentThatIsWritten() throws IOException {
        // given
        SegmentedLog log = openWith(disk, 35);

        // when
        try (LogRegion region = log.region(31, 1, MAX, 34).orElseThrow()) {
            appendTo(log, 38);

            // then
            assertThat(bytes(region)).isEqualTo(expected(31, 34));
        }
    }

    @Test
    void shouldBeNothingWhenThereIsTooLittle() {
        // given
        SegmentedLog log = openWith(disk, 35);

        // then
        assertThat(log.region(30, 5 * BATCH_BYTES + 1, MAX, 35)).isEmpty();
        assertThat(log.region(30, 1, MAX, 30)).isEmpty();
        assertThat(log.region(30, 1, BATCH_BYTES - 1, 35)).isEmpty();
        assertThat(log.region(35, 1, MAX, 35)).isEmpty();
        assertThat(disk.openFiles()).as("held").isLessThanOrEqualTo(4);
    }

    @Test
    void shouldRefuseAnOffsetThatTheLogDoesNotHave() {
        // given
        SegmentedLog log = openWith(disk, 35);
        log.advanceStartOffset(7);

        // then
        assertThatThrownBy(() -> log.region(6, 1, MAX, 35)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.region(36, 1, MAX, 35)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldOutliveItsSegmentAndCloseItsFileThen() throws IOException {
        // given
        OpenFiles openFiles = new OpenFiles(1);
        SegmentedLog log = SegmentedLog.open(disk, DIRECTORY, SETTINGS, openFiles);
        appendTo(log, 35);
        log.flush();
        LogRegion region = log.region(3, 1, MAX, 35).orElseThrow();

        // when
        log.advanceStartOffset(20);
        log.deleteObsoleteSegments();

        // then
        assertThat(bytes(region)).isEqualTo(expected(3, 10));
        region.close();
        region.close();
        log.close();
        assertThat(openFiles.count()).isZero();
        assertThat(disk.openFiles()).isZero();
    }

    @Test
    void shouldSayThatItsFileIsTooShort() throws IOException {
        // given
        SegmentedLog log = openWith(disk, 35);
        try (LogRegion region = log.region(10, 1, MAX, 35).orElseThrow();
                DiskFile file = disk.open(TestLog.segment(10).logFile())) {
            // when
            file.truncate(100);

            // then
            assertThatThrownBy(() -> region.transferTo(Channels.newChannel(new ByteArrayOutputStream()), 100))
                    .isInstanceOf(CorruptLogException.class)
                    .hasMessageContaining("position 100");
        }
    }

    /** Whatever is asked for: whole batches, as many as fit, and the same as a read returns. */
    @Test
    void shouldHoldAsManyBatchesAsFit(@TempDir Path directory) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (SegmentedLog log =
                SegmentedLog.open(Disk.system(), directory, new LogSettings(8_000, Long.MAX_VALUE, 500))) {
            while (log.endOffset() < 500) {
                append(
                        log,
                        TestBatches.at(log.endOffset())
                                .records(1 + random.nextInt(20))
                                .salt(random.nextInt()));
            }
            for (int i = 0; i < 2_000; i++) {
                int from = random.nextInt(500);
                int end = random.nextInt(501);
                int max = random.nextInt(10_000);
                Optional<LogRegion> found = log.region(from, 1, max, end);
                ByteBuffer read = log.read(from, max, end);
                String asked = "seed " + seed + ": " + from + ", at most " + max + " bytes, below " + end;
                if (!read.hasRemaining() || read.remaining() > max) {
                    assertThat(found).as(asked).isEmpty();
                    continue;
                }
                try (LogRegion region = found.orElseThrow()) {
                    assertThat(region.sizeInBytes()).as(asked).isLessThanOrEqualTo(max);
                    assertThat(bytes(region)).as(asked).isEqualTo(TestBatches.bytes(read));
                    assertThat(region.nextOffset()).as(asked).isLessThanOrEqualTo(end);
                }
            }
        }
    }
}
