package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oarlog.log.InvalidBatchException.Reason;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordBatchesTest {
    private static final int MAX_BYTES = 10_000;
    private static final int LENGTH = 8;
    private static final int MAGIC = 16;
    private static final int CRC = 17;
    private static final int ATTRIBUTES = 21;
    private static final int LAST_OFFSET_DELTA = 23;
    private static final int MAX_TIMESTAMP = 35;
    private static final int PRODUCER_EPOCH = 51;
    private static final int BASE_SEQUENCE = 53;
    private static final int RECORD_COUNT = 57;

    @Test
    void shouldAcceptSoundBatches() {
        // given
        ByteBuffer batches = TestBatches.join(List.of(
                TestBatches.at(0).records(3).timestamps(5, 3, 9).build(),
                TestBatches.at(77).compressed().records(50).build(),
                TestBatches.at(0).producer(9, 1, 4).leaderEpoch(-1).build()));

        // when
        List<BatchHeader> headers = RecordBatches.validate(batches, MAX_BYTES);

        // then
        assertThat(headers).extracting(BatchHeader::recordCount).containsExactly(3, 50, 1);
        assertThat(headers).extracting(BatchHeader::isIdempotent).containsExactly(false, false, true);
        assertThat(headers.get(0).maxTimestamp()).isEqualTo(9);
        assertThat(headers.stream().mapToInt(BatchHeader::sizeInBytes).sum()).isEqualTo(batches.limit());
    }

    @Test
    void shouldFindNoBatchesInNoBytes() {
        assertThat(RecordBatches.validate(ByteBuffer.allocate(0), MAX_BYTES)).isEmpty();
    }

    @Test
    void shouldLookBetweenPositionAndLimitOnlyAndLeaveThemUntouched() {
        // given
        ByteBuffer batch = TestBatches.at(0).records(2).build();
        ByteBuffer surrounded = ByteBuffer.allocateDirect(batch.limit() + 20)
                .put(10, batch, 0, batch.limit())
                .position(10)
                .limit(10 + batch.limit());

        // when
        List<BatchHeader> headers = RecordBatches.validate(surrounded.asReadOnlyBuffer(), MAX_BYTES);

        // then
        assertThat(headers).containsExactly(BatchHeader.read(batch, 0));
        RecordBatches.validate(surrounded, MAX_BYTES);
        assertThat(surrounded.position()).isEqualTo(10);
        assertThat(surrounded.limit()).isEqualTo(10 + batch.limit());
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("magic 0", Reason.UNSUPPORTED_MAGIC, batch -> batch.put(MAGIC, (byte) 0)),
                fault("magic 1", Reason.UNSUPPORTED_MAGIC, batch -> batch.put(MAGIC, (byte) 1)),
                fault("magic 3", Reason.UNSUPPORTED_MAGIC, batch -> batch.put(MAGIC, (byte) 3)),
                fault("length one short", Reason.CORRUPT, batch -> batch.putInt(LENGTH, batch.getInt(LENGTH) - 1)),
                fault("length one long", Reason.CORRUPT, batch -> batch.putInt(LENGTH, batch.getInt(LENGTH) + 1)),
                fault("length of no header", Reason.CORRUPT, batch -> batch.putInt(LENGTH, 48)),
                fault("length zero", Reason.CORRUPT, batch -> batch.putInt(LENGTH, 0)),
                fault("length negative", Reason.CORRUPT, batch -> batch.putInt(LENGTH, -1)),
                fault("length that overflows", Reason.CORRUPT, batch -> batch.putInt(LENGTH, Integer.MAX_VALUE)),
                fault("length least", Reason.CORRUPT, batch -> batch.putInt(LENGTH, Integer.MIN_VALUE)),
                fault("wrong checksum", Reason.CORRUPT, batch -> batch.putInt(17, batch.getInt(17) ^ 1)),
                fault("last offset negative", Reason.CORRUPT, sealed(batch -> batch.putInt(LAST_OFFSET_DELTA, -1))),
                fault("count too small", Reason.INVALID, sealed(batch -> batch.putInt(RECORD_COUNT, 2))),
                fault("count too large", Reason.INVALID, sealed(batch -> batch.putInt(RECORD_COUNT, 4))),
                fault("count zero", Reason.INVALID, sealed(batch -> batch.putInt(RECORD_COUNT, 0))),
                fault("count negative", Reason.INVALID, sealed(batch -> batch.putInt(RECORD_COUNT, -3))),
                fault(
                        "count that no bytes hold",
                        Reason.INVALID,
                        sealed(batch ->
                                batch.putInt(LAST_OFFSET_DELTA, 1_999_999).putInt(RECORD_COUNT, 2_000_000))),
                fault(
                        "count that overflows",
                        Reason.INVALID,
                        sealed(batch -> batch.putInt(LAST_OFFSET_DELTA, Integer.MAX_VALUE)
                                .putInt(RECORD_COUNT, Integer.MIN_VALUE))),
                fault("control batch", Reason.INVALID, sealed(batch -> batch.putShort(ATTRIBUTES, (short) 0x20))),
                fault("delete horizon", Reason.INVALID, sealed(batch -> batch.putShort(ATTRIBUTES, (short) 0x40))),
                fault("codec 5", Reason.INVALID, sealed(batch -> batch.putShort(ATTRIBUTES, (short) 5))),
                fault("codec 7", Reason.INVALID, sealed(batch -> batch.putShort(ATTRIBUTES, (short) 7))),
                fault("negative epoch", Reason.INVALID, sealed(batch -> batch.putShort(PRODUCER_EPOCH, (short) -1))),
                fault("negative sequence", Reason.INVALID, sealed(batch -> batch.putInt(BASE_SEQUENCE, -1))));
    }

    private static Arguments fault(String name, Reason reason, Consumer<ByteBuffer> change) {
        return Arguments.of(name, reason, change);
    }

    /** The client meant it: the checksum fits. */
    private static Consumer<ByteBuffer> sealed(Consumer<ByteBuffer> change) {
        return change.andThen(TestBatches::withCrc);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void shouldRefuseAFaultyBatch(String name, Reason reason, Consumer<ByteBuffer> change) {
        // given
        ByteBuffer sound = TestBatches.at(0).build();
        ByteBuffer faulty = TestBatches.at(0).records(3).producer(1, 0, 0).build();
        change.accept(faulty);
        ByteBuffer batches = TestBatches.join(List.of(sound, faulty));

        // when
        InvalidBatchException refusal =
                catchThrowableOfType(InvalidBatchException.class, () -> RecordBatches.validate(batches, MAX_BYTES));

        // then
        assertThat(refusal).as(name).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal).hasMessageContaining("position " + sound.limit());
        assertThat(batches.position()).isZero();
    }

    @Test
    void shouldRefuseABatchThatIsTooLarge() {
        // given
        ByteBuffer batch = TestBatches.at(0).valueBytes(500).build();

        // when / then
        assertThat(RecordBatches.validate(batch, batch.limit())).hasSize(1);
        assertThatThrownBy(() -> RecordBatches.validate(batch, batch.limit() - 1))
                .isInstanceOfSatisfying(
                        InvalidBatchException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE));
    }

    @Test
    void shouldRefuseABatchThatIsCutAnywhere() {
        // given
        ByteBuffer batch = TestBatches.at(0).records(3).build();

        for (int length = 1; length < batch.limit(); length++) {
            // when / then
            ByteBuffer cut = batch.slice(0, length);
            assertThatThrownBy(() -> RecordBatches.validate(cut, MAX_BYTES))
                    .as("cut to %d", length)
                    .isInstanceOfSatisfying(
                            InvalidBatchException.class,
                            refusal -> assertThat(refusal.reason()).isEqualTo(Reason.CORRUPT));
        }
    }

    @Test
    void shouldRefuseABatchWithAnyByteChangedThatTheChecksumCovers() {
        for (int seed = 0; seed < 500; seed++) {
            // given
            Random random = new Random(seed);
            ByteBuffer batch =
                    TestBatches.at(0).records(1 + random.nextInt(5)).salt(seed).build();
            int position = ATTRIBUTES + random.nextInt(batch.limit() - ATTRIBUTES);
            batch.put(position, (byte) (batch.get(position) ^ (1 + random.nextInt(255))));

            // when / then
            assertThatThrownBy(() -> RecordBatches.validate(batch, MAX_BYTES))
                    .as("seed %d, position %d", seed, position)
                    .isInstanceOf(InvalidBatchException.class);
        }
    }

    @Test
    void shouldRefuseRandomBytesWithoutAnyOtherFailure() {
        for (int seed = 0; seed < 2_000; seed++) {
            // given
            Random random = new Random(seed);
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            if (bytes.length > MAGIC && random.nextBoolean()) {
                bytes[MAGIC] = 2;
            }

            // when / then
            assertThatThrownBy(() -> RecordBatches.validate(ByteBuffer.wrap(bytes), MAX_BYTES))
                    .as("seed %d", seed)
                    .isInstanceOf(InvalidBatchException.class);
        }
    }

    @Test
    void shouldPlaceABatchWithoutTouchingItsChecksum() {
        // given
        ByteBuffer batches = TestBatches.join(
                List.of(TestBatches.at(0).build(), TestBatches.at(0).records(2).build()));
        int second = BatchHeader.read(batches, 0).sizeInBytes();

        // when
        RecordBatches.placeAt(batches, second, 5_000_000_000L, 12);

        // then
        assertThat(batches.position()).isZero();
        BatchHeader placed = RecordBatches.validate(batches, MAX_BYTES).get(1);
        assertThat(placed.baseOffset()).isEqualTo(5_000_000_000L);
        assertThat(placed.lastOffset()).isEqualTo(5_000_000_001L);
        assertThat(placed.leaderEpoch()).isEqualTo(12);
        assertThat(placed)
                .isEqualTo(BatchHeader.read(TestBatches.at(0).records(2).build(), 0)
                        .withPlace(5_000_000_000L, 12));
    }

    @Test
    void shouldGiveABatchTheBrokersTimeAndLeaveItsRecordsAsTheyAre() {
        // given: a compressed one of an idempotent producer behind another
        TestBatches second = TestBatches.at(0)
                .records(3)
                .timestamps(7_000, 9_000, 8_000)
                .producer(5, 1, 3)
                .compressed();
        ByteBuffer batches =
                TestBatches.join(List.of(TestBatches.at(0).records(2).build(), second.build()));
        ByteBuffer before = TestBatches.join(List.of(batches));
        int position = BatchHeader.read(batches, 0).sizeInBytes();

        // when: the broker's clock is behind
        BatchHeader header = RecordBatches.setLogAppendTime(batches, position, 4_000);

        // then
        assertThat(RecordBatches.validate(batches, MAX_BYTES).get(1)).isEqualTo(header);
        assertThat(header.isLogAppendTime()).isTrue();
        assertThat(header.maxTimestamp()).isEqualTo(4_000);
        assertThat(batches.position()).isZero();
        BatchHeader read = BatchHeader.read(before, position);
        before.putShort(position + ATTRIBUTES, (short) (read.attributes() | 0x08));
        before.putLong(position + MAX_TIMESTAMP, 4_000).putInt(position + CRC, header.crc());
        assertThat(batches).as("nothing else").isEqualTo(before);
    }

    @Test
    void shouldReadEachFieldOfAHeader() {
        // given
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of()
                .parseHex(
                        "ff" // one byte before the batch
                                + "0000000102030405" + "00000035" + "00000007" + "02" + "89abcdef" + "0031" + "00000002"
                                + "0000017700000001" + "0000017700000009" + "0000000000001092" + "0003" + "00000064"
                                + "00000003" + "00000000"));

        // when
        BatchHeader header = BatchHeader.read(bytes, 1);

        // then
        assertThat(header)
                .isEqualTo(new BatchHeader(
                        0x102030405L,
                        65,
                        7,
                        (byte) 2,
                        0x89abcdef,
                        (short) 0x31,
                        2,
                        0x17700000001L,
                        0x17700000009L,
                        0x1092,
                        (short) 3,
                        100,
                        3));
        assertThat(header.lastOffset()).isEqualTo(0x102030407L);
        assertThat(header.nextOffset()).isEqualTo(0x102030408L);
        assertThat(header.isTransactional()).isTrue();
        assertThat(header.isControl()).isTrue();
        assertThat(header.isIdempotent()).isTrue();
        assertThat(bytes.position()).isZero();
    }

    @Test
    void shouldRefuseToReadAHeaderThatIsNotWhole() {
        assertThatThrownBy(() -> BatchHeader.read(ByteBuffer.allocate(BatchHeader.BYTES - 1), 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
