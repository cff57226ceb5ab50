package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.ProducerBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.Test;

class PartitionSnapshotTest {
    private static final PartitionSnapshot SNAPSHOT = new PartitionSnapshot(
            10,
            20,
            1_000_000_000_000L,
            new TreeMap<>(Map.of(0L, 1, 500L, 7)),
            List.of(
                    new ProducerBatch(3, (short) 1, 5, 9, 100, 104),
                    new ProducerBatch(3, (short) 1, 10, 10, 105, 105),
                    new ProducerBatch(Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE, 0, 106, 107)),
            List.of(1, 2, 5));

    private static byte[] written(PartitionSnapshot snapshot) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        snapshot.writeTo(out);
        return out.toByteArray();
    }

    private static PartitionSnapshot read(byte[] bytes) throws IOException {
        return PartitionSnapshot.read(new ByteArrayInputStream(bytes));
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        assertThat(read(written(SNAPSHOT))).isEqualTo(SNAPSHOT);
        assertThat(read(written(PartitionSnapshot.NONE))).isEqualTo(PartitionSnapshot.NONE);
    }

    @Test
    void shouldRefuseWhatIsNoSnapshot() throws IOException {
        byte[] bytes = written(SNAPSHOT);

        byte[] newer = bytes.clone();
        newer[0] = 2;
        assertThatThrownBy(() -> read(newer)).isInstanceOf(IOException.class).hasMessageContaining("version 2");

        byte[] many = bytes.clone();
        ByteBuffer.wrap(many).putInt(25, Integer.MAX_VALUE);
        assertThatThrownBy(() -> read(many)).isInstanceOf(IOException.class).hasMessageContaining("a count of");

        byte[] shorter = java.util.Arrays.copyOf(bytes, bytes.length - 1);
        assertThatThrownBy(() -> read(shorter)).isInstanceOf(EOFException.class);
    }

    @Test
    void shouldBeOfferedToAnotherReplica() throws IOException {
        RecordsOffer offer =
                new RecordsOffer(new AppliedState.UpTo(TermIndex.valueOf(7, 4711), SNAPSHOT), 5, 20, 1L << 40);

        assertThat(RecordsOffer.decode(offer.encode())).isEqualTo(offer);
        assertThat(offer.endOffset()).isEqualTo(SNAPSHOT.endOffset());
        assertThatThrownBy(() -> RecordsOffer.decode(ByteBuffer.allocate(39))).isInstanceOf(IOException.class);
    }
}
