package io.oarlog.log;

import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexFileTest {
    private static final int INTERVAL_BYTES = 4_096;

    private final FaultyDisk disk = new FaultyDisk(5);
    private final Path path = segment(7).indexFile();
    private final IndexFile file = IndexFile.ofOffsets(disk, segment(7), INTERVAL_BYTES);

    @BeforeEach
    void createDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 33, 1_000})
    void shouldReadBackWhatWasWritten(int count) throws IOException {
        // given
        file.write(entries(count));

        // when
        Optional<IndexEntries> all = file.read();
        Optional<IndexEntries> last = file.readLast();

        // then
        assertThat(all)
                .hasValueSatisfying(found ->
                        assertThat(found.bytes()).isEqualTo(entries(count).bytes()));
        assertThat(last).hasValueSatisfying(found -> {
            assertThat(found.count()).isEqualTo(Math.min(count, 1));
            assertThat(count == 0 || found.intAt(0, 0) == count).isTrue();
        });
        assertThat(disk.content(path)).hasSize(IndexFile.HEADER_BYTES + count * OffsetIndex.ENTRY_BYTES);
    }

    @Test
    void shouldReadNothingWhenThereIsNoFile() throws IOException {
        assertThat(file.read()).isEmpty();
        assertThat(file.readLast()).isEmpty();
        assertThat(disk.exists(path)).isFalse();
    }

    @Test
    void shouldReplaceALongerFile() throws IOException {
        // given
        file.write(entries(100));

        // when
        file.write(entries(3));

        // then
        assertThat(file.read())
                .hasValueSatisfying(found -> assertThat(found.count()).isEqualTo(3));
    }

    @Test
    void shouldBeDurableWhenWritten() throws IOException {
        // given
        file.write(entries(3));
        disk.syncDirectory(DIRECTORY);

        // when
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // then
        assertThat(file.read()).isPresent();
    }

    @Test
    void shouldReadNothingWhenAnyBitIsFlipped() throws IOException {
        // given
        file.write(entries(3));
        byte[] sound = disk.content(path);
        for (int position = 0; position < sound.length; position++) {
            for (int bit = 0; bit < 8; bit++) {
                // when
                disk.put(path, sound);
                disk.flip(path, position, 1 << bit);

                // then
                assertThat(file.read()).as("byte %d, bit %d", position, bit).isEmpty();
                boolean isLooked =
                        position < IndexFile.HEADER_BYTES || position >= sound.length - OffsetIndex.ENTRY_BYTES;
                assertThat(file.readLast().isEmpty())
                        .as("last entry, byte %d, bit %d", position, bit)
                        .isEqualTo(isLooked);
            }
        }
    }

    @Test
    void shouldReadNothingWhenTheFileIsShorterOrLonger() throws IOException {
        // given
        file.write(entries(3));
        byte[] sound = disk.content(path);
        for (int length = 0; length < sound.length + 20; length++) {
            if (length != sound.length) {
                // when
                disk.put(path, Arrays.copyOf(sound, length));

                // then
                assertThat(file.read()).as("%d bytes", length).isEmpty();
                assertThat(file.readLast()).as("%d bytes", length).isEmpty();
            }
        }
    }

    @Test
    void shouldNotAllocateWhatAWrongCountSays() throws IOException {
        // given: 2^31 - 1 entries of 8 bytes
        file.write(entries(1));
        disk.flip(path, 20, 0x7F);
        disk.flip(path, 21, 0xFF);
        disk.flip(path, 22, 0xFF);
        disk.flip(path, 23, 0xFE);

        // when / then
        assertThat(file.read()).isEmpty();
    }

    @Test
    void shouldReadNothingOfAnotherKindSegmentOrInterval() throws IOException {
        // given
        file.write(entries(3));

        // when
        disk.put(segment(7).timeIndexFile(), disk.content(path));
        disk.put(segment(8).indexFile(), disk.content(path));

        // then
        assertThat(IndexFile.ofTimes(disk, segment(7), INTERVAL_BYTES).read()).isEmpty();
        assertThat(IndexFile.ofOffsets(disk, segment(8), INTERVAL_BYTES).read()).isEmpty();
        assertThat(IndexFile.ofOffsets(disk, segment(7), INTERVAL_BYTES + 1).read())
                .isEmpty();
    }

    @Test
    void shouldFailWhenTheDiskDoes() {
        // given
        disk.failWrite(1);

        // when / then
        assertThatThrownBy(() -> file.write(entries(3))).isInstanceOf(IOException.class);
    }

    private static IndexEntries entries(int count) {
        OffsetIndex index = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        for (int i = 1; i <= count; i++) {
            index.add(i, 100 * i);
        }
        return index.entries();
    }
}
