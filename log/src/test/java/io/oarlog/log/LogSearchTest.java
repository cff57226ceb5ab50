package io.oarlog.log;

import static io.oarlog.log.TestLog.append;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogSearchTest {
    private final SegmentedLog log = TestLog.open(new FaultyDisk(1));
    private final LogSearch search = new LogSearch(log);

    @Test
    void shouldFindNothingInAnEmptyLog() {
        assertThat(search.endOf(3, Long.MAX_VALUE)).isEqualTo(new EpochEnd(3, 0));
        assertThat(search.newest(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void shouldFindWhereALeaderEpochEnds() {
        // given: epochs 2, 4 and 7, over several segments
        appendEpochs(2, 15, 4, 1, 7, 9);

        // then
        assertThat(search.endOf(2, 25)).isEqualTo(new EpochEnd(2, 15));
        assertThat(search.endOf(3, 25)).isEqualTo(new EpochEnd(2, 15));
        assertThat(search.endOf(4, 25)).isEqualTo(new EpochEnd(4, 16));
        assertThat(search.endOf(6, 25)).isEqualTo(new EpochEnd(4, 16));
        assertThat(search.endOf(7, 25)).isEqualTo(new EpochEnd(7, 25));
    }

    @Test
    void shouldSayThatAnEpochBeforeAllRecordsEndsWhereTheLogStarts() {
        appendEpochs(2, 15, 4, 5);
        log.advanceStartOffset(12);
        assertThat(search.endOf(1, 20)).isEqualTo(new EpochEnd(1, 12));
        log.advanceStartOffset(17);
        assertThat(search.endOf(2, 20)).isEqualTo(new EpochEnd(2, 17));
    }

    @Test
    void shouldSeeNoEpochBehindTheEnd() {
        appendEpochs(2, 15, 4, 5);
        assertThat(search.endOf(4, 15)).isEqualTo(new EpochEnd(2, 15));
        assertThat(search.endOf(4, 14)).isEqualTo(new EpochEnd(2, 14));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldFindWhatALookAtEachBatchFinds(long seed) {
        // given: batches of several records, epochs with gaps
        Random random = new Random(seed);
        List<BatchHeader> headers = new ArrayList<>();
        int epoch = random.nextInt(3);
        for (int i = 0; i < 60; i++) {
            epoch += random.nextInt(4) == 0 ? random.nextInt(3) : 0;
            append(
                    log,
                    TestBatches.at(log.endOffset())
                            .records(1 + random.nextInt(5))
                            .leaderEpoch(epoch));
        }
        log.forEachBatch(0, Long.MAX_VALUE, headers::add);

        for (int asked = 0; asked <= epoch + 1; asked++) {
            // when
            int end = 1 + random.nextInt(headers.size());
            long endOffset = headers.get(end - 1).nextOffset();
            EpochEnd found = search.endOf(asked, endOffset);

            // then
            EpochEnd expected = new EpochEnd(asked, 0);
            for (BatchHeader header : headers.subList(0, end)) {
                if (header.leaderEpoch() <= asked) {
                    expected = new EpochEnd(header.leaderEpoch(), header.nextOffset());
                }
            }
            assertThat(found).as("seed %d, epoch %d", seed, asked).isEqualTo(expected);
        }
    }

    @Test
    void shouldFindTheFirstOfTheNewestRecords() {
        // given
        append(log, TestBatches.at(0).records(3).timestamps(10, 70, 20));
        append(log, TestBatches.at(3).records(2).timestamps(70, 30));
        append(log, TestBatches.at(5).timestamps(90));

        // then: of the whole log, and of what is committed
        assertThat(search.newest(6)).hasValueSatisfying(newest -> {
            assertThat(newest.offset()).isEqualTo(5);
            assertThat(newest.timestamp()).isEqualTo(90);
        });
        assertThat(search.newest(5)).hasValueSatisfying(newest -> {
            assertThat(newest.offset()).isEqualTo(1);
            assertThat(newest.timestamp()).isEqualTo(70);
        });
    }

    /** @param epochsAndCounts so many batches of one record of each epoch */
    private void appendEpochs(int... epochsAndCounts) {
        for (int i = 0; i < epochsAndCounts.length; i += 2) {
            for (int j = 0; j < epochsAndCounts[i + 1]; j++) {
                append(log, TestLog.batch(log.endOffset()).leaderEpoch(epochsAndCounts[i]));
            }
        }
    }
}
