package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The machine's own file system, and what is counted on it. */
class FileDiskTest {
    private static final int PAYLOAD_PARTS_PER_HUNDRED = 102;

    @TempDir
    private Path directory;

    private final Disk disk = Disk.system();

    @Test
    void shouldWriteAndReadAtPositionsAndLeaveBuffersUntouched() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"))) {
            // given
            ByteBuffer[] buffers = {
                bytes(1, 2, 3), ByteBuffer.allocate(0), bytes(4, 5, 6).position(1)
            };

            // when
            long written = file.write(buffers, 10);

            // then
            assertThat(written).isEqualTo(5);
            assertThat(buffers[0].position()).isZero();
            assertThat(buffers[2].position()).isEqualTo(1);
            ByteBuffer found = ByteBuffer.allocate(10);
            assertThat(file.read(found, 11)).isEqualTo(4);
            assertThat(found.flip()).isEqualTo(bytes(2, 3, 5, 6));
            assertThat(file.read(ByteBuffer.allocate(1), 15)).isZero();
            assertThat(file.read(ByteBuffer.allocate(1), 99)).isZero();
            file.truncate(11);
            file.force();
            assertThat(file.size()).isEqualTo(11);
        }
    }

    @Test
    void shouldWriteMoreBuffersThanOneCallOfTheSystemTakes() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"))) {
            // given
            ByteBuffer[] buffers = new ByteBuffer[3_000];
            for (int i = 0; i < buffers.length; i++) {
                buffers[i] = bytes(i, i >> 8);
            }

            // when
            file.write(buffers, 0);

            // then
            ByteBuffer found = ByteBuffer.allocate(6_000);
            file.read(found, 0);
            assertThat(found.array()).isEqualTo(TestBatches.bytes(buffers));
        }
    }

    @Test
    void shouldSendToAChannel() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"));
                FileChannel target = FileChannel.open(
                        directory.resolve("target"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            // given
            file.write(new ByteBuffer[] {bytes(1, 2, 3, 4, 5)}, 0);

            // when
            long sent = file.transferTo(1, 3, target);

            // then
            assertThat(sent).isEqualTo(3);
            assertThat(Files.readAllBytes(directory.resolve("target"))).containsExactly(2, 3, 4);
            assertThat(file.transferTo(4, 9, target)).isEqualTo(1);
            assertThat(file.transferTo(5, 9, target)).isZero();
            file.load(0, 9);
        }
    }

    @Test
    void shouldReadMoreThanOneTransfer() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"))) {
            // given
            ByteBuffer large = ByteBuffer.allocate((3 << 20) + 5).put((3 << 20) + 4, (byte) 7);
            file.write(new ByteBuffer[] {large}, 0);
            ByteBuffer found = ByteBuffer.allocate(4 << 20);

            // when
            int read = file.read(found, 0);

            // then
            assertThat(read).isEqualTo(large.limit());
            assertThat(found.flip()).isEqualTo(large);
        }
    }

    @Test
    void shouldGoOnWhenAReaderWasInterrupted() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"))) {
            // given
            file.write(new ByteBuffer[] {bytes(1)}, 0);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();

            // when
            int read = file.read(ByteBuffer.allocate(1), 0);

            // then
            assertThat(read).isEqualTo(1);
            assertThat(file.write(new ByteBuffer[] {bytes(2)}, 1)).isEqualTo(1);
        }
    }

    @Test
    void shouldCreateListMoveAndDelete() throws IOException {
        // given
        Path nested = directory.resolve("a").resolve("b");
        disk.createDirectories(nested);
        disk.createDirectories(nested);
        disk.open(nested.resolve("2")).close();
        disk.open(nested.resolve("1")).close();

        // when
        disk.move(nested.resolve("1"), nested.resolve("3"));
        disk.syncDirectory(nested);

        // then
        assertThat(disk.list(nested)).containsExactly(nested.resolve("2"), nested.resolve("3"));
        assertThatThrownBy(() -> disk.delete(nested.resolve("1"))).isInstanceOf(NoSuchFileException.class);
        disk.deleteRecursively(directory.resolve("a"));
        assertThat(disk.exists(nested)).isFalse();
    }

    @Test
    void shouldTellHowMuchSpaceIsLeft() throws IOException {
        assertThat(disk.usableBytes(directory)).isPositive();
        assertThatThrownBy(() -> disk.usableBytes(directory.resolve("missing"))).isInstanceOf(IOException.class);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldTellAFullDiskFromOtherFailures() throws IOException {
        // given: a file that has room for nothing
        try (DiskFile file = disk.open(Path.of("/dev/full"))) {
            // when / then
            assertThatThrownBy(() -> file.write(new ByteBuffer[] {bytes(1)}, 0)).isInstanceOf(NoSpaceException.class);
        }
        assertThatThrownBy(() -> disk.open(directory.resolve("missing").resolve("f")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void shouldReadADeletedFileThatIsOpen() throws IOException {
        try (DiskFile file = disk.open(directory.resolve("f"))) {
            // given
            file.write(new ByteBuffer[] {bytes(1, 2)}, 0);

            // when
            disk.delete(directory.resolve("f"));

            // then
            assertThat(file.read(ByteBuffer.allocate(2), 0)).isEqualTo(2);
        }
    }

    @Test
    void shouldReadTheFileThatWasOpenedWhenItsNameIsAnothersByThen() throws IOException {
        Path name = directory.resolve("f");
        try (DiskFile file = disk.open(name)) {
            // given
            file.write(new ByteBuffer[] {bytes(7, 8)}, 0);
            disk.move(name, directory.resolve("g"));

            try (DiskFile other = disk.open(name)) {
                // when
                other.write(new ByteBuffer[] {bytes(9, 9)}, 0);

                // then
                assertThat(readBoth(file)).isEqualTo(bytes(7, 8));
                assertThat(readBoth(other)).isEqualTo(bytes(9, 9));
            }
        }
    }

    private static ByteBuffer readBoth(DiskFile file) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(2);
        file.read(found, 0);
        return found.flip();
    }

    @Test
    void shouldFailReadsOfAFileWithoutANameOnceOneWasInterrupted() throws IOException {
        Path name = directory.resolve("f");
        try (DiskFile file = disk.open(name)) {
            // given: read through the one channel that is left
            file.write(new ByteBuffer[] {bytes(7, 8)}, 0);
            disk.delete(name);
            Thread.currentThread().interrupt();

            // when / then
            assertThatThrownBy(() -> readBoth(file)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> readBoth(file)).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldWriteEachPayloadByteOnceAndForceOncePerFlush() throws IOException {
        // given
        CountingDisk counting = new CountingDisk();
        Path logDirectory = directory.resolve("log");
        SegmentedLog log = SegmentedLog.open(counting, logDirectory, LogSettings.defaults());
        long forcesBefore = counting.fileForces();
        long payload = 0;

        // when
        for (int i = 0; i < 200; i++) {
            ByteBuffer batch =
                    TestBatches.at(log.endOffset()).valueBytes(10_000).build();
            payload += batch.limit();
            log.append(List.of(batch), TestBatches.headers(batch));
            log.flush();
        }

        // then
        assertThat(counting.bytesWritten(CountingDisk::isSegment)).isEqualTo(payload);
        assertThat(counting.bytesWritten(path -> true)).isLessThan(payload * PAYLOAD_PARTS_PER_HUNDRED / 100);
        assertThat(counting.fileForces() - forcesBefore).isEqualTo(200);
        assertThat(Files.size(new SegmentName(logDirectory, 0).logFile())).isEqualTo(payload);
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }
}
