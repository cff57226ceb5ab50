package io.oarlog.log;

import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexFileTest {
    private static final int INTERVAL_BYTES = 4_096;
    private static final int TOP_ENTRY_BYTES = 12;
    private static final int ENTRIES_OF_A_PAGE = IndexFile.PAGE_BYTES / OffsetIndex.ENTRY_BYTES;

    private final FaultyDisk disk = new FaultyDisk(5);
    private final Path path = segment(7).indexFile();
    private final IndexFile file = IndexFile.ofOffsets(disk, segment(7), INTERVAL_BYTES);

    @BeforeEach
    void createDirectory() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, 2, 33, ENTRIES_OF_A_PAGE - 1, ENTRIES_OF_A_PAGE, ENTRIES_OF_A_PAGE + 1, 2 * ENTRIES_OF_A_PAGE
            })
    void shouldReadBackWhatWasWritten(int count) throws IOException {
        // given
        int pages = (count + ENTRIES_OF_A_PAGE - 1) / ENTRIES_OF_A_PAGE;

        // when
        file.write(entries(count));

        // then
        assertThat(file.read())
                .hasValueSatisfying(found ->
                        assertThat(found.bytes()).isEqualTo(entries(count).bytes()));
        assertThat(file.firstWrongPage()).isEmpty();
        assertThat(disk.content(path))
                .hasSize(IndexFile.HEADER_BYTES + pages * TOP_ENTRY_BYTES + count * OffsetIndex.ENTRY_BYTES);
        IndexFile.Top top = file.readTop().orElseThrow();
        assertThat(top.entryCount()).isEqualTo(count);
        assertThat(top.pageCount()).isEqualTo(pages);
        for (int page = 0; page < pages; page++) {
            int first = 1 + page * ENTRIES_OF_A_PAGE;
            assertThat(top.keys().intAt(page, 0)).isEqualTo(first);
            IndexEntries found = file.readPage(top, page).orElseThrow();
            assertThat(found.count()).isEqualTo(Math.min(ENTRIES_OF_A_PAGE, count + 1 - first));
            assertThat(found.intAt(0, 0)).isEqualTo(first);
        }
    }

    @Test
    void shouldReadNothingWhenThereIsNoFile() throws IOException {
        assertThat(file.read()).isEmpty();
        assertThat(file.readTop()).isEmpty();
        assertThat(disk.exists(path)).isFalse();
    }

    @Test
    void shouldReplaceALongerFile() throws IOException {
        // given
        file.write(entries(1_000));

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
    void shouldNoticeAnyBitThatIsFlipped() throws IOException {
        // given: two pages
        file.write(entries(ENTRIES_OF_A_PAGE + 3));
        byte[] sound = disk.content(path);
        IndexFile.Top top = file.readTop().orElseThrow();
        int body = IndexFile.HEADER_BYTES + 2 * TOP_ENTRY_BYTES;
        for (int position = 0; position < sound.length; position++) {
            // when
            disk.put(path, sound);
            disk.flip(path, position, 1 << position % 8);

            // then
            assertThat(file.read()).as("byte %d", position).isEmpty();
            assertThat(file.readTop().isEmpty()).as("top, byte %d", position).isEqualTo(position < body);
            int page = position < body ? -1 : (position - body) / IndexFile.PAGE_BYTES;
            for (int i = 0; i < 2; i++) {
                assertThat(file.readPage(top, i).isEmpty())
                        .as("page %d, byte %d", i, position)
                        .isEqualTo(page == i);
            }
            assertThat(file.firstWrongPage())
                    .as("byte %d", position)
                    .isEqualTo(OptionalLong.of(page < 0 ? 0 : body + (long) page * IndexFile.PAGE_BYTES));
        }
    }

    @Test
    void shouldReadNothingWhenTheFileIsShorterOrLonger() throws IOException {
        // given
        for (int count : List.of(3, ENTRIES_OF_A_PAGE + 1)) {
            file.write(entries(count));
            byte[] sound = disk.content(path);
            for (int length = 0; length < sound.length + 40; length++) {
                if (length != sound.length) {
                    // when
                    disk.put(path, Arrays.copyOf(sound, length));

                    // then
                    assertThat(file.read()).as("%d bytes", length).isEmpty();
                    assertThat(file.readTop()).as("%d bytes", length).isEmpty();
                }
            }
        }
    }

    @Test
    void shouldNotReadThePageOfAnotherFile() throws IOException {
        // given
        file.write(entries(2 * ENTRIES_OF_A_PAGE));
        IndexFile.Top top = file.readTop().orElseThrow();

        // when: another segment took the place of this one
        OffsetIndex other = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        for (int i = 1; i <= 2 * ENTRIES_OF_A_PAGE; i++) {
            other.add(i, 100 * i + (i > ENTRIES_OF_A_PAGE ? 1 : 0));
        }
        file.write(other.entries());

        // then
        assertThat(file.readPage(top, 0)).isPresent();
        assertThat(file.readPage(top, 1)).isEmpty();
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
    void shouldReadNothingOfAnotherKindSegmentIntervalOrVersion() throws IOException {
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
        assertThat(file.isOfAnEarlierVersion()).isFalse();
        disk.flip(path, 5, 3);
        assertThat(file.read()).isEmpty();
        assertThat(file.isOfAnEarlierVersion()).isTrue();
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
