package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import io.oarlog.log.RecordBatches;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HeaderAgreementTest {
    private static final int TERM = 3;
    private static final int BATCH_BYTES = TestAppends.batch("v", 7, 1, 5).remaining();
    private static final Path SEGMENT = Path.of("/log/0.log");
    private static final Path RAFT_LOG = Path.of("/raft/log_inprogress_0");

    private final List<LogFinding> findings = new ArrayList<>();

    @Test
    void shouldFindNothingWhenAllAgree() {
        // when
        run(0, true, range(0, 10), range(0, 10), 10);

        // then
        assertThat(findings).isEmpty();
    }

    @Test
    void shouldNotAskForWhatWasDeleted() {
        // when
        run(4, true, range(0, 10), range(4, 10), 10);

        // then
        assertThat(findings).isEmpty();
    }

    @Test
    void shouldNotCompareWhatWasRewritten() {
        // when: what is stored below is not what the headers name
        run(4, true, range(2, 10), LongStream.concat(LongStream.of(1, 3), range(4, 10)), 10);

        // then
        assertThat(findings).isEmpty();
    }

    @Test
    void shouldTellWhichOffsetsAreMissingInTheMidst() {
        // when
        run(0, true, range(0, 10), LongStream.concat(range(0, 4), range(7, 10)), 10);

        // then
        assertThat(findings).singleElement().satisfies(found -> {
            assertIsAt(found, 4L * BATCH_BYTES, 4);
            assertThat(found.what())
                    .contains("offsets 4 to 6", 3 * BATCH_BYTES + " bytes", "Raft entry 104", "Raft entry 106");
        });
    }

    @Test
    void shouldTellWhichOffsetsAreMissingAtTheEnd() {
        // when
        run(0, true, range(0, 10), range(0, 8), 8);

        // then
        assertThat(findings).singleElement().satisfies(found -> {
            assertIsAt(found, 8L * BATCH_BYTES, 8);
            assertThat(found.what()).contains("offsets 8 to 9", RAFT_LOG.toString(), "position 1800");
        });
    }

    @Test
    void shouldNotMissWhatLiesBelowTheEndOfALogThatBeginsAnew() {
        // when
        run(0, true, range(0, 10), range(0, 8), 20);

        // then
        assertThat(findings).isEmpty();
    }

    @Test
    void shouldTellABatchThatNoEntryNames() {
        // when
        run(0, true, range(0, 8), range(0, 10), 10);
        run(0, false, range(0, 8), range(0, 10), 10);

        // then: only when the Raft log could be read as a whole
        assertThat(findings).extracting(LogFinding::offset).containsExactly(8L, 9L);
    }

    static Stream<UnaryOperator<byte[]>> otherBatches() {
        return Stream.of(
                bytes -> TestAppends.batch("longer", 7, 1, 5).array(),
                bytes -> TestAppends.batch("w", 7, 1, 5).array(),
                bytes -> TestAppends.batch("v", 8, 1, 5).array(),
                flip(12), // leader epoch
                flip(17), // CRC
                flip(26), // last offset delta
                flip(43), // producer id
                flip(51), // producer epoch
                flip(53)); // base sequence
    }

    private static UnaryOperator<byte[]> flip(int position) {
        return bytes -> {
            bytes[position] ^= 1;
            return bytes;
        };
    }

    @ParameterizedTest
    @MethodSource("otherBatches")
    void shouldTellABatchThatIsNotTheOneNamed(UnaryOperator<byte[]> change) {
        // given
        HeaderAgreement agreement = new HeaderAgreement(List.of(entry(0)), 0, true, findings::add);
        byte[] bytes = new byte[BATCH_BYTES];
        batch(0).get(bytes);
        ByteBuffer changed = ByteBuffer.wrap(change.apply(bytes));
        changed.putLong(0, 0);

        // when
        agreement.onBatch(new InspectedBatch(SEGMENT, 0, BatchHeader.read(changed, 0), true));

        // then
        assertThat(findings).singleElement().satisfies(found -> assertIsAt(found, 0, 0));
    }

    private void run(long unchangedFrom, boolean isWhole, LongStream named, LongStream stored, long endOffset) {
        HeaderAgreement agreement = new HeaderAgreement(
                named.mapToObj(HeaderAgreementTest::entry).toList(), unchangedFrom, isWhole, findings::add);
        long[] position = {0};
        stored.forEach(offset -> {
            position[0] = offset * BATCH_BYTES;
            agreement.onBatch(new InspectedBatch(SEGMENT, position[0], BatchHeader.read(batch(offset), 0), true));
        });
        agreement.onEnd(
                Path.of("/log"),
                new LogInspection.Summary(
                        0,
                        endOffset,
                        1,
                        0,
                        0,
                        0,
                        Optional.of(new LogInspection.End(SEGMENT, position[0] + BATCH_BYTES))));
    }

    private static LongStream range(long from, long end) {
        return LongStream.range(from, end);
    }

    private static ByteBuffer batch(long offset) {
        ByteBuffer batch = TestAppends.batch("v", 7, 1, 5);
        RecordBatches.placeAt(batch, 0, offset, TERM);
        return batch;
    }

    private static RaftEntry entry(long offset) {
        BatchHeader header = BatchHeader.read(batch(offset), 0);
        return new RaftEntry(
                RAFT_LOG,
                1_000 + 100 * offset,
                TERM,
                100 + offset,
                RaftEntry.Kind.DATA,
                offset,
                offset + 1,
                List.of(new RaftEntry.Batch(
                        offset,
                        header.sizeInBytes(),
                        header.lastOffsetDelta(),
                        header.crc(),
                        header.producerId(),
                        header.producerEpoch(),
                        header.baseSequence())),
                true);
    }

    private static void assertIsAt(LogFinding found, long position, long offset) {
        assertThat(found.kind()).isEqualTo(LogFinding.Kind.DAMAGE);
        assertThat(found.file()).isEqualTo(SEGMENT);
        assertThat(found.position()).isEqualTo(position);
        assertThat(found.offset()).isEqualTo(offset);
    }
}
