package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerStatesTest {
    private static final SequenceCheck ACCEPTED = new SequenceCheck.Accepted();

    private final ProducerStates states = new ProducerStates(10);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 77, Integer.MAX_VALUE})
    void shouldAcceptAnySequenceWhenTheProducerIsUnknown(int baseSequence) {
        assertThat(states.check(batch(1, 0, baseSequence, 0, 3))).isEqualTo(ACCEPTED);
    }

    @Test
    void shouldAcceptTheNextSequence() {
        // given
        states.append(batch(1, 0, 0, 100, 3));

        // when / then
        assertThat(states.check(batch(1, 0, 3, 103, 2))).isEqualTo(ACCEPTED);
    }

    @Test
    void shouldRecogniseTheLastFiveBatches() {
        // given
        for (int i = 0; i < 6; i++) {
            states.append(batch(1, 0, 10 * i, 100 + 10L * i, 10));
        }

        // when / then
        for (int i = 1; i < 6; i++) {
            assertThat(states.check(batch(1, 0, 10 * i, 999, 10)))
                    .isEqualTo(new SequenceCheck.Duplicate(100 + 10L * i, 109 + 10L * i));
        }
        assertThat(states.check(batch(1, 0, 0, 999, 10))).isEqualTo(new SequenceCheck.OutOfOrder(60, 0));
    }

    @ParameterizedTest
    @CsvSource({
        // base sequence, records: a gap, an overlap, a part of a known batch, more than a known batch
        "11, 1",
        "9, 2",
        "0, 5",
        "5, 5",
        "0, 11"
    })
    void shouldRefuseWhatIsNeitherNextNorADuplicate(int baseSequence, int records) {
        // given
        states.append(batch(1, 0, 0, 100, 10));

        // when / then
        assertThat(states.check(batch(1, 0, baseSequence, 110, records)))
                .isEqualTo(new SequenceCheck.OutOfOrder(10, baseSequence));
    }

    @Test
    void shouldBeginANewEpochAtSequenceZero() {
        // given
        states.append(batch(1, 3, 0, 100, 10));

        // when / then
        assertThat(states.check(batch(1, 4, 0, 110, 1))).isEqualTo(ACCEPTED);
        assertThat(states.check(batch(1, 4, 10, 110, 1))).isEqualTo(new SequenceCheck.OutOfOrder(0, 10));
    }

    @Test
    void shouldForgetTheBatchesOfAnOlderEpoch() {
        // given
        states.append(batch(1, 3, 0, 100, 10));
        states.append(batch(1, 4, 0, 110, 5));

        // when / then
        assertThat(states.check(batch(1, 4, 0, 115, 5))).isEqualTo(new SequenceCheck.Duplicate(110, 114));
        assertThat(states.check(batch(1, 4, 0, 115, 10))).isEqualTo(new SequenceCheck.OutOfOrder(5, 0));
    }

    @Test
    void shouldFenceAnOlderEpoch() {
        // given
        states.append(batch(1, 4, 0, 100, 10));

        // when / then
        assertThat(states.check(batch(1, 3, 10, 110, 1))).isEqualTo(new SequenceCheck.Fenced(4, 3));
    }

    @Test
    void shouldWrapSequencesBehindTheLargestInt() {
        // given: sequences MAX - 1, MAX, 0, 1
        states.append(batch(1, 0, Integer.MAX_VALUE - 1, 100, 4));

        // when / then
        assertThat(states.check(batch(1, 0, 2, 104, 1))).isEqualTo(ACCEPTED);
        assertThat(states.check(batch(1, 0, Integer.MAX_VALUE - 1, 104, 4)))
                .isEqualTo(new SequenceCheck.Duplicate(100, 103));
        assertThat(states.check(batch(1, 0, 1, 104, 1))).isEqualTo(new SequenceCheck.OutOfOrder(2, 1));
    }

    @Test
    void shouldGoOnAtZeroWhenABatchEndsAtTheLargestInt() {
        // given
        states.append(batch(1, 0, Integer.MAX_VALUE, 100, 1));

        // when / then
        assertThat(states.check(batch(1, 0, 0, 101, 1))).isEqualTo(ACCEPTED);
    }

    @Test
    void shouldKeepProducersApart() {
        // given
        states.append(batch(1, 0, 0, 100, 10));

        // when / then
        assertThat(states.check(batch(2, 0, 0, 110, 10))).isEqualTo(ACCEPTED);
    }

    @Test
    void shouldTakeWhatItNeedsFromAHeader() {
        // given
        BatchHeader header =
                BatchHeader.read(TestBatches.at(40).records(3).producer(7, 2, 5).build(), 0);

        // when / then
        assertThat(ProducerBatch.of(header)).isEqualTo(new ProducerBatch(7, (short) 2, 5, 7, 40, 42));
    }

    @Test
    void shouldForgetTheProducerThatAppendedLongestAgo() {
        // given
        ProducerStates few = new ProducerStates(2);
        few.append(batch(1, 0, 0, 100, 1));
        few.append(batch(2, 0, 0, 101, 1));
        few.append(batch(1, 0, 1, 102, 1));

        // when
        few.append(batch(3, 0, 0, 103, 1));

        // then
        assertThat(few.size()).isEqualTo(2);
        assertThat(few.check(batch(2, 0, 55, 104, 1))).isEqualTo(ACCEPTED);
        assertThat(few.check(batch(1, 0, 55, 104, 1))).isEqualTo(new SequenceCheck.OutOfOrder(2, 55));
    }

    @Test
    void shouldChangeNothingWhenItChecks() {
        // given
        ProducerStates few = new ProducerStates(2);
        few.append(batch(1, 0, 0, 100, 1));
        few.append(batch(2, 0, 0, 101, 1));

        // when
        few.check(batch(1, 0, 7, 102, 1));
        few.fork().check(batch(1, 0, 7, 102, 1));

        // then: the first one is still the one to go
        few.append(batch(3, 0, 0, 102, 1));
        assertThat(few.check(batch(1, 0, 55, 103, 1))).isEqualTo(ACCEPTED);
        assertThat(few.check(batch(2, 0, 55, 103, 1))).isEqualTo(new SequenceCheck.OutOfOrder(1, 55));
    }

    @Test
    void shouldSeeTheParentThroughAForkAndKeepItsOwnAppends() {
        // given
        states.append(batch(1, 0, 0, 100, 5));
        ProducerStates fork = states.fork();

        // when
        fork.append(batch(1, 0, 5, 105, 5));
        fork.append(batch(2, 0, 0, 110, 1));

        // then
        assertThat(fork.check(batch(1, 0, 0, 999, 5))).isEqualTo(new SequenceCheck.Duplicate(100, 104));
        assertThat(fork.check(batch(1, 0, 5, 999, 5))).isEqualTo(new SequenceCheck.Duplicate(105, 109));
        assertThat(states.check(batch(1, 0, 5, 105, 5))).isEqualTo(ACCEPTED);
        assertThat(states.size()).isEqualTo(1);
    }

    @Test
    void shouldNotFallBackToTheParentsOlderStateInAForkWithManyProducers() {
        // given
        ProducerStates few = new ProducerStates(1);
        few.append(batch(1, 0, 0, 100, 1));
        ProducerStates fork = few.fork();
        fork.append(batch(1, 0, 1, 101, 1));

        // when
        fork.append(batch(2, 0, 0, 102, 1));

        // then
        assertThat(fork.check(batch(1, 0, 1, 103, 1))).isEqualTo(new SequenceCheck.Duplicate(101, 101));
    }

    @Test
    void shouldCopyIndependently() {
        // given
        states.append(batch(1, 0, 0, 100, 5));
        ProducerStates copy = states.copy();

        // when
        copy.append(batch(1, 0, 5, 105, 5));
        states.append(batch(1, 1, 0, 105, 1));

        // then
        assertThat(copy.check(batch(1, 0, 10, 110, 1))).isEqualTo(ACCEPTED);
        assertThat(states.check(batch(1, 1, 1, 106, 1))).isEqualTo(ACCEPTED);
    }

    @Test
    void shouldForgetInACopyWhoIsToGoInTheOriginal() {
        // given
        ProducerStates few = new ProducerStates(2);
        few.append(batch(1, 0, 0, 100, 1));
        few.append(batch(2, 0, 0, 101, 1));
        few.append(batch(1, 0, 1, 102, 1));
        ProducerStates copy = few.copy();

        // when
        copy.append(batch(3, 0, 0, 103, 1));

        // then
        assertThat(copy.check(batch(2, 0, 55, 104, 1))).isEqualTo(ACCEPTED);
        assertThat(copy.check(batch(1, 0, 2, 104, 1))).isEqualTo(ACCEPTED);
        assertThat(copy.check(batch(1, 0, 55, 104, 1))).isEqualTo(new SequenceCheck.OutOfOrder(2, 55));
    }

    @Test
    void shouldRefuseABoundThatHoldsNobody() {
        assertThatThrownBy(() -> new ProducerStates(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ProducerBatch batch(long producerId, int epoch, int baseSequence, long baseOffset, int records) {
        return ProducerBatch.of(producerId, (short) epoch, baseSequence, baseOffset, records - 1);
    }
}
