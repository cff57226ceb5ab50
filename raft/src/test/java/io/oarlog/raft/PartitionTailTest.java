package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.SequenceCheck;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.junit.jupiter.api.Test;

class PartitionTailTest {
    private static final int MANY = 1 << 20;

    private final PartitionTail tail = new PartitionTail(100);

    @Test
    void shouldGiveEntriesToTheirFlushInOrderOnce() {
        // given: Raft's log thread has not come to the last one yet
        append(1, "a").come();
        append(2, "b").come();
        Turn third = append(3, "c");

        // when
        PartitionTail.Drained first = tail.drain();
        third.come();
        PartitionTail.Drained second = tail.drain();

        // then
        assertThat(values(first)).containsExactly("a", "b");
        assertThat(values(second)).containsExactly("c");
        assertThat(second.truncateTo()).isEqualTo(PartitionTail.NO_TRUNCATION);
        assertThat(tail.hasUnflushed()).isFalse();
    }

    @Test
    void shouldCutTheSegmentAndTakeTheNewEntriesWhenTruncatedAfterAFlush() {
        // given: entries 1 to 3 are in the segment
        append(1, "a").come();
        append(2, "b").come();
        append(3, "c").come();
        tail.drain();

        // when: another leader's entries take the places from 2 on
        tail.truncate(2).come();
        append(2, "B").come();

        // then: inclusive, entry 2 is gone as well
        PartitionTail.Drained work = tail.drain();
        assertThat(work.truncateTo()).isEqualTo(1);
        assertThat(work.entries()).singleElement().satisfies(e -> {
            assertThat(e.index()).isEqualTo(2);
            assertThat(e.header().baseOffset()).isEqualTo(1);
        });
        assertThat(tail.endOffset()).isEqualTo(2);
        assertThat(tail.cached(3)).isEmpty();
    }

    @Test
    void shouldFlushAnEntryThatWasRemovedBeforeItsHeaderWasWritten() {
        // given
        Turn removed = append(1, "a");
        Turn cut = tail.truncate(1);
        Turn added = append(1, "A");

        // when
        removed.come();
        PartitionTail.Drained before = tail.drain();
        cut.come();
        added.come();
        PartitionTail.Drained behind = tail.drain();

        // then
        assertThat(before.truncateTo()).isEqualTo(PartitionTail.NO_TRUNCATION);
        assertThat(values(before)).containsExactly("a");
        assertThat(behind.truncateTo()).isZero();
        assertThat(values(behind)).containsExactly("A");
    }

    @Test
    void shouldKeepTheDataWhileRaftStillHasTheHeader() {
        // given
        append(1, "a").come();
        tail.drain();
        Turn cut = tail.truncate(1);
        Turn added = append(1, "A");

        // when: a flush for entries without record bytes, of which the tail is told nothing
        PartitionTail.Drained before = tail.drain();
        cut.come();
        added.come();
        PartitionTail.Drained behind = tail.drain();

        // then
        assertThat(before).isEqualTo(new PartitionTail.Drained(PartitionTail.NO_TRUNCATION, List.of()));
        assertThat(behind.truncateTo()).isZero();
        assertThat(values(behind)).containsExactly("A");
    }

    @Test
    void shouldCutOnceForCutsInARow() {
        // given
        append(1, "a").come();
        append(2, "b").come();
        tail.drain();

        // when
        tail.truncate(2).come();
        tail.truncate(1).come();

        // then
        assertThat(tail.drain().truncateTo()).isZero();
        assertThat(tail.drain().truncateTo()).isEqualTo(PartitionTail.NO_TRUNCATION);
    }

    /** Raft's log thread far behind, at random places: the segment never lacks what the Raft log's file has. */
    @Test
    void shouldHaveInTheSegmentWhateverRaftHasInItsFile() {
        for (long seed = 1; seed <= 2_000; seed++) {
            RaftLogThread.run(seed);
        }
    }

    @Test
    void shouldForgetTruncatedSequencesAndKeepAppliedOnes() {
        // given: producer 9 wrote sequences 0 (applied), 1 and 2
        appendBy(1, 9, 0);
        appendBy(2, 9, 1);
        appendBy(3, 9, 2);
        assertThat(tail.applied(1)).isEqualTo(header(0, 9, 0));

        // when
        var unused = tail.truncate(3);

        // then: 2 can come again, 1 is a duplicate, 3 leaves a gap
        assertThat(verdictOf(9, 2)).isInstanceOf(SequenceCheck.Accepted.class);
        assertThat(verdictOf(9, 1)).isEqualTo(new SequenceCheck.Duplicate(1, 1));
        assertThat(verdictOf(9, 3)).isEqualTo(new SequenceCheck.OutOfOrder(2, 3));
    }

    @Test
    void shouldAdmitPipelinedBatchesOfOneProducerUpToARepetitionOfOneOfThem() {
        // given
        List<PendingAppend> waiting = new ArrayList<>();
        for (int sequence : new int[] {0, 1, 1, 2}) {
            waiting.add(TestAppends.pending(TestAppends.batch("v", 5, 0, sequence)));
        }

        // when
        Admission admission = tail.admit(waiting.iterator(), MANY);

        // then: what becomes of the first one is not known yet, so the repetition has no answer yet
        assertThat(admission.admitted()).containsExactly(waiting.get(0), waiting.get(1));
        assertThat(admission.refused()).isEmpty();
    }

    @Test
    void shouldRefuseAnAppendThatIsInPartARepetition() {
        // given: sequence 0 is in the log
        appendBy(1, 5, 0);

        // when, then: both in the log would be a repetition, but 1 is not
        assertThat(verdictOf(pendingBy(5, 0, 1))).isInstanceOf(SequenceCheck.OutOfOrder.class);
        assertThat(verdictOf(pendingBy(5, 1, 1))).isInstanceOf(SequenceCheck.OutOfOrder.class);
    }

    @Test
    void shouldForgetTheSequencesOfARefusedAppend() {
        // given: the first append begins well and then leaves a gap
        List<PendingAppend> waiting = List.of(pendingBy(5, 0, 9), pendingBy(5, 0));

        // when
        Admission admission = tail.admit(waiting.iterator(), MANY);

        // then
        assertThat(admission.admitted()).containsExactly(waiting.get(1));
        assertThat(admission.refused()).extracting(Admission.Refused::append).containsExactly(waiting.get(0));
    }

    @Test
    void shouldTakeNothingAndKeepNothingWhenClosed() {
        // given
        append(1, "a").come();

        // when
        tail.close();

        // then
        assertThat(tail.cached(1)).isEmpty();
        assertThatThrownBy(() -> append(2, "b")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldNotRememberWhatWasOnlyAdmitted() {
        // given
        tail.admit(List.of(TestAppends.pending(TestAppends.batch("v", 5, 0, 0))).iterator(), MANY);

        // when, then: nothing was appended, so the same batch is still new
        assertThat(verdictOf(5, 0)).isInstanceOf(SequenceCheck.Accepted.class);
    }

    @Test
    void shouldStopAtTheByteLimitButAdmitOneAppendAlways() {
        // given
        List<PendingAppend> waiting = List.of(
                TestAppends.pending(TestAppends.batch("x".repeat(1000))),
                TestAppends.pending(TestAppends.batch("y".repeat(1000))));

        // when
        Admission admission = tail.admit(waiting.iterator(), 500);

        // then
        assertThat(admission.admitted()).containsExactly(waiting.get(0));
        assertThat(admission.taken()).isEqualTo(1);
    }

    @Test
    void shouldTellWhenThePremiseOfAnAdmissionIsGone() {
        // given
        append(1, "a").come();
        Admission admission =
                tail.admit(List.of(TestAppends.pending(TestAppends.batch("b"))).iterator(), MANY);
        JoinedEntry entry = new JoinedEntry(admission);

        // when: truncated and filled up to the same end again
        var unused = tail.truncate(1);
        append(1, "z").come();

        // then
        assertThat(entry.isAdmittedAt(tail.endOffset(), tail.generation())).isFalse();
    }

    @Test
    void shouldRefuseAnEntryThatLeavesAGap() {
        assertThatThrownBy(() -> tail.append(1, header(7, -1, -1), ByteString.EMPTY))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("offset 7");
    }

    /** Of one letter each: it lies before the number of record headers. */
    private static List<String> values(PartitionTail.Drained drained) {
        return drained.entries().stream()
                .map(PartitionTail.Entry::data)
                .map(data -> String.valueOf((char) data.byteAt(data.size() - 2)))
                .toList();
    }

    private static PendingAppend pendingBy(long producerId, int... sequences) {
        ByteBuffer[] batches = new ByteBuffer[sequences.length];
        for (int i = 0; i < sequences.length; i++) {
            batches[i] = TestAppends.batch("v", producerId, 0, sequences[i]);
        }
        return TestAppends.pending(TestAppends.joined(batches));
    }

    private SequenceCheck verdictOf(long producerId, int sequence) {
        return verdictOf(pendingBy(producerId, sequence));
    }

    private SequenceCheck verdictOf(PendingAppend append) {
        Admission admission = tail.admit(List.of(append).iterator(), MANY);
        return admission.refused().isEmpty()
                ? new SequenceCheck.Accepted()
                : admission.refused().get(0).verdict();
    }

    private Turn append(long index, String value) {
        ByteBuffer batch = TestAppends.batch(value);
        return tail.append(index, header(tail.endOffset(), -1, -1), UnsafeByteOperations.unsafeWrap(batch));
    }

    private void appendBy(long index, long producerId, int sequence) {
        ByteBuffer batch = TestAppends.batch("v", producerId, 0, sequence);
        var unused = tail.append(
                index, header(tail.endOffset(), producerId, sequence), UnsafeByteOperations.unsafeWrap(batch));
    }

    private static EntryHeader header(long baseOffset, long producerId, int sequence) {
        return new EntryHeader(
                baseOffset,
                List.of(EntryHeader.Batch.of(TestAppends.headers(TestAppends.batch("v", producerId, 0, sequence))
                        .get(0))));
    }
}
