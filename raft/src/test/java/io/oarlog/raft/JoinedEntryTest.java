package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.RecordBatches;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class JoinedEntryTest {
    private final List<PendingAppend> appends = List.of(
            TestAppends.pending(TestAppends.joined(TestAppends.batch("a"), TestAppends.batch("b"))),
            TestAppends.pending(TestAppends.batch("c", 9, 2, 4)));

    @Test
    void shouldWriteOffsetsAndEpochWhereTheChecksumDoesNotReach() {
        // given
        JoinedEntry entry = new JoinedEntry(new Admission(appends, List.of(), 100, 0));

        // when
        entry.placeAt(100, 7);

        // then: the batches are sound still
        List<BatchHeader> headers = RecordBatches.validate(entry.data(), Integer.MAX_VALUE);
        assertThat(headers).extracting(BatchHeader::baseOffset).containsExactly(100L, 101L, 102L);
        assertThat(headers).extracting(BatchHeader::leaderEpoch).containsOnly(7);
        EntryHeader header = EntryHeader.decode(ByteBuffer.wrap(entry.header()));
        header.requireStored(headers, 7);
        assertThat(header.baseOffset()).isEqualTo(100);
        assertThat(header.endOffset()).isEqualTo(103);
    }

    @Test
    void shouldSayWhetherItGotAPlace() {
        // given
        JoinedEntry entry = new JoinedEntry(new Admission(appends, List.of(), 0, 3));

        // when
        boolean wasPlaced = entry.isPlaced();
        entry.placeAt(0, 1);

        // then
        assertThat(wasPlaced).isFalse();
        assertThat(entry.isPlaced()).isTrue();
        assertThat(entry.isAdmittedAt(0, 3)).isTrue();
        assertThat(entry.isAdmittedAt(1, 3)).isFalse();
        assertThat(entry.isAdmittedAt(0, 4)).isFalse();
    }

    @Test
    void shouldBeForTheEpochThatAllOfItsAppendsAreFor() {
        // given
        ByteBuffer batch = TestAppends.batch("a");
        PendingAppend bound = new PendingAppend(batch, TestAppends.headers(batch), OptionalInt.of(7));
        JoinedEntry entry = new JoinedEntry(new Admission(List.of(appends.get(0), bound), List.of(), 0, 0));

        // then
        assertThat(entry.isFor(7)).isTrue();
        assertThat(entry.isFor(8)).isFalse();
    }

    @Test
    void shouldNotCopyTheBytesOfASingleAppend() {
        // given
        ByteBuffer batch = TestAppends.batch("a");

        // when
        JoinedEntry entry = new JoinedEntry(new Admission(List.of(TestAppends.pending(batch)), List.of(), 0, 0));

        entry.placeAt(5, 1);

        // then
        assertThat(BatchHeader.read(batch, 0).baseOffset()).isEqualTo(5);
    }
}
