package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both indexes of a segment in memory, and each of them. */
class SegmentIndexesTest {
    @ParameterizedTest
    @CsvSource({"-9000000000, -1", "0, -1", "9, -1", "10, 0", "19, 0", "20, 1", "30, 2", "31, 2", "9000000000, 2"})
    void shouldFindTheLastEntryAtOrBeforeAnOffset(long relativeOffset, int entry) {
        assertThat(offsets(10, 100, 20, 200, 30, 300).floor(relativeOffset)).isEqualTo(entry);
    }

    @Test
    void shouldFindNoEntryInAnEmptyIndex() {
        assertThat(offsets().floor(5)).isEqualTo(-1);
        assertThat(times().lastWithAllBefore(5)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"-1, -1", "5, -1", "6, 0", "7, 0", "8, 2", "9, 2", "9223372036854775807, 2"})
    void shouldFindTheLastEntryBeforeWhichAllIsOlder(long timestamp, int entry) {
        assertThat(times(5, 10, 100, 7, 20, 200, 7, 30, 300).lastWithAllBefore(timestamp))
                .isEqualTo(entry);
    }

    @Test
    void shouldKeepEntriesWhenTheyGrow() {
        // given
        OffsetIndex index = offsets();

        // when
        for (int i = 0; i < 1_000; i++) {
            index.add(i + 1, 10 * (i + 1));
        }

        // then
        assertThat(index.entries().count()).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i++) {
            assertThat(index.relativeOffset(i)).isEqualTo(i + 1);
            assertThat(index.position(i)).isEqualTo(10 * (i + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40})
    void shouldCopyTheFirstEntriesWithRoomToGrow(int count) {
        // given
        OffsetIndex index = offsets();
        for (int i = 1; i <= 50; i++) {
            index.add(i, i);
        }

        // when
        OffsetIndex copy = new OffsetIndex(index.entries().first(count));
        copy.add(77, 78);

        // then
        assertThat(copy.entries().count()).isEqualTo(count + 1);
        assertThat(copy.relativeOffset(count)).isEqualTo(77);
        assertThat(copy.position(count)).isEqualTo(78);
        assertThat(index.entries().count()).isEqualTo(50);
        assertThat(index.relativeOffset(count)).isEqualTo(count + 1);
    }

    @Test
    void shouldBeSoundWhenEntriesRiseInsideTheSegment() {
        assertThat(offsets().isSound(0)).isTrue();
        assertThat(offsets(1, 61, 2, 122).isSound(123)).isTrue();
    }

    @Test
    void shouldNotBeSoundWhenEntriesFallOrLieOutside() {
        assertThat(offsets(1, 61, 2, 122).isSound(122)).as("behind the end").isFalse();
        assertThat(offsets(2, 61, 2, 122).isSound(999)).as("same offset").isFalse();
        assertThat(offsets(2, 122, 3, 61).isSound(999)).as("position falls").isFalse();
        assertThat(offsets(0, 61).isSound(999)).as("offset of the first batch").isFalse();
        assertThat(offsets(1, 0).isSound(999)).as("position of the first batch").isFalse();
        assertThat(offsets(-1, 61).isSound(999)).as("negative").isFalse();
    }

    @Test
    void shouldNotBeSoundWhenTimesFallOrLieOutside() {
        assertThat(times().isSound(0)).isTrue();
        assertThat(times(5, 10, 100, 5, 20, 200).isSound(201)).isTrue();
        assertThat(times(-1, 10, 100, 5, 20, 200).isSound(201))
                .as("no timestamp")
                .isTrue();
        assertThat(times(5, 10, 100, 5, 20, 200).isSound(200))
                .as("behind the end")
                .isFalse();
        assertThat(times(5, 10, 100, 4, 20, 200).isSound(999)).as("time falls").isFalse();
        assertThat(times(-2, 10, 100, 5, 20, 200).isSound(999))
                .as("below no timestamp")
                .isFalse();
        assertThat(times(5, 10, 100, 5, 10, 200).isSound(999)).as("same offset").isFalse();
        assertThat(times(5, 10, 200, 5, 20, 100).isSound(999))
                .as("position falls")
                .isFalse();
    }

    @Test
    void shouldTellWhetherTimesAndOffsetsAreOfTheSameBatches() {
        // given
        OffsetIndex offsets = offsets(10, 100, 20, 200);

        // when / then
        assertThat(times(5, 10, 100, 5, 20, 200).isOfSameBatches(offsets)).isTrue();
        assertThat(times(5, 10, 100).isOfSameBatches(offsets)).as("fewer").isFalse();
        assertThat(times(5, 10, 100, 5, 21, 200).isOfSameBatches(offsets))
                .as("another offset")
                .isFalse();
        assertThat(times(5, 10, 100, 5, 20, 201).isOfSameBatches(offsets))
                .as("another position")
                .isFalse();
    }

    @Test
    void shouldGiveAnEntryToTheFirstBatchBehindEachInterval() {
        // given
        SegmentIndexes indexes = SegmentIndexes.empty(1_000, 160);

        // when
        for (int i = 0; i < 6; i++) {
            indexes.onBatch(header(1_000 + i), 80L * i, 500 + i);
        }

        // then
        assertThat(indexes.offsets().entries().count()).isEqualTo(2);
        SegmentIndexes.Start second = new SegmentIndexes.Start(160, 1_002);
        SegmentIndexes.Start none = new SegmentIndexes.Start(0, 1_000);
        assertThat(indexes.last()).isEqualTo(new SegmentIndexes.Last(new SegmentIndexes.Start(320, 1_004), 504));
        assertThat(indexes.before(1_003, 999)).isEqualTo(second);
        assertThat(indexes.before(9_999, 319)).isEqualTo(second);
        assertThat(indexes.before(1_001, 999)).isEqualTo(none);
        assertThat(indexes.forTimestamp(503)).isEqualTo(second);
        assertThat(indexes.forTimestamp(502)).isEqualTo(none);
        assertThat(indexes.before(1_004).last()).isEqualTo(new SegmentIndexes.Last(second, 502));
        assertThat(indexes.before(1_000).last()).isEqualTo(new SegmentIndexes.Last(none, -1));
    }

    @Test
    void shouldNotIndexABatchThatDoesNotFitItsFields() {
        // given
        SegmentIndexes indexes = SegmentIndexes.empty(0, 100);

        // when
        indexes.onBatch(header(1L << 31), 200, 1);
        indexes.onBatch(header(5), 1L << 31, 1);

        // then
        assertThat(indexes.offsets().entries().count()).isZero();
        assertThat(indexes.times().entries().count()).isZero();
    }

    private static BatchHeader header(long baseOffset) {
        ByteBuffer batch = TestBatches.at(baseOffset).build();
        return BatchHeader.read(batch, 0);
    }

    /** Pairs of relative offset and position. */
    private static OffsetIndex offsets(int... pairs) {
        OffsetIndex index = new OffsetIndex(IndexEntries.empty(OffsetIndex.ENTRY_BYTES));
        for (int i = 0; i < pairs.length; i += 2) {
            index.add(pairs[i], pairs[i + 1]);
        }
        return index;
    }

    /** Triples of largest timestamp before, relative offset and position. */
    private static TimeIndex times(int... triples) {
        TimeIndex index = new TimeIndex(IndexEntries.empty(TimeIndex.ENTRY_BYTES));
        for (int i = 0; i < triples.length; i += 3) {
            index.add(triples[i], triples[i + 1], triples[i + 2]);
        }
        return index;
    }
}
