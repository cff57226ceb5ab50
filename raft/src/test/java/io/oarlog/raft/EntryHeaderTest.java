package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.ProducerBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntryHeaderTest {
    private static final EntryHeader HEADER = new EntryHeader(
            100,
            List.of(
                    new EntryHeader.Batch(70, 4, 0xcafe, 7, (short) 2, 30),
                    new EntryHeader.Batch(90, 0, 0xbeef, -1, (short) -1, -1)));

    @Test
    void shouldDecodeWhatItEncoded() {
        // when
        EntryHeader decoded = EntryHeader.decode(ByteBuffer.wrap(HEADER.encode()));

        // then
        assertThat(decoded).isEqualTo(HEADER);
        assertThat(decoded.endOffset()).isEqualTo(106);
        assertThat(decoded.dataBytes()).isEqualTo(160);
        assertThat(decoded.producerBatches()).containsExactly(new ProducerBatch(7, (short) 2, 30, 34, 100, 104));
    }

    @Test
    void shouldChangeOnlyTheBaseOffsetWhenPlaced() {
        // given
        byte[] encoded = HEADER.encode();

        // when
        EntryHeader.placeAt(encoded, 5_000_000_000L);

        // then
        assertThat(EntryHeader.decode(ByteBuffer.wrap(encoded)))
                .isEqualTo(new EntryHeader(5_000_000_000L, HEADER.batches()));
    }

    @Test
    void shouldKeepItsLayout() {
        // given: the bytes that version 1 has on disk
        byte[] expected = ByteBuffer.allocate(39)
                .put((byte) 1)
                .putLong(3)
                .putInt(1)
                .putInt(70)
                .putInt(4)
                .putInt(0xcafe)
                .putLong(7)
                .putShort((short) 2)
                .putInt(30)
                .array();

        // when
        byte[] encoded = new EntryHeader(3, HEADER.batches().subList(0, 1)).encode();

        // then
        assertThat(encoded).isEqualTo(expected);
    }

    @Test
    void shouldRefuseBytesThatAreNoHeader() {
        for (int seed = 0; seed < 1_000; seed++) {
            // given: random bytes, or a header with bytes missing or too many
            Random random = new Random(seed);
            byte[] whole = HEADER.encode();
            byte[] bytes = new byte[random.nextInt(whole.length + 20)];
            if (seed % 2 == 0) {
                random.nextBytes(bytes);
            } else if (bytes.length == whole.length) {
                continue;
            } else {
                System.arraycopy(whole, 0, bytes, 0, Math.min(bytes.length, whole.length));
            }

            // when, then
            assertThatThrownBy(() -> EntryHeader.decode(ByteBuffer.wrap(bytes)))
                    .as("seed %d", seed)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
