package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class RecordKeysTest {
    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void shouldTellWhichRecordsHaveNoKey(CompressionType codec) {
        // given: an empty key is one
        ByteBuffer batch = CompactedLog.batch(
                5,
                codec,
                CompactedLog.record(1, "a", "v"),
                CompactedLog.record(1, null, "v"),
                CompactedLog.record(1, "", "v"),
                CompactedLog.record(1, null, null));
        ByteBuffer before = batch.duplicate();

        // when
        RecordKeys.Missing missing = missingIn(batch);

        // then
        assertThat(missing).isEqualTo(new RecordKeys.Missing(2, List.of(1, 3)));
        assertThat(batch).isEqualTo(before);
    }

    @Test
    void shouldRefuseWhatACompactionCouldNotRead() {
        // given: a record that says it is longer than the batch
        ByteBuffer broken = TestBatches.at(0).build();
        TestBatches.withCrc(broken.put(BatchHeader.BYTES, (byte) 0x7E));

        // when, then
        assertThatThrownBy(() -> missingIn(broken))
                .isInstanceOf(InvalidBatchException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void shouldRefuseASmallBatchThatIsUnpackedToAGiant() {
        // given: 300 MiB of zeros
        SimpleRecord[] records = new SimpleRecord[300];
        Arrays.fill(records, new SimpleRecord(1, new byte[] {1}, new byte[1 << 20]));
        ByteBuffer bomb = CompactedLog.batch(0, CompressionType.ZSTD, records);
        assertThat(bomb.remaining()).isLessThan(1 << 20);

        // when, then
        assertThatThrownBy(() -> missingIn(bomb))
                .isInstanceOf(InvalidBatchException.class)
                .hasMessageContaining("unpacked");
    }

    @Test
    void shouldNotNameEachOfTheManyRecordsThatASmallBatchMayHold() {
        // given
        SimpleRecord[] records = new SimpleRecord[1_000_000];
        Arrays.fill(records, new SimpleRecord(1, null, new byte[0]));
        ByteBuffer batch = CompactedLog.batch(0, CompressionType.ZSTD, records);
        assertThat(batch.remaining()).isLessThan(1 << 20);

        // when
        RecordKeys.Missing missing = missingIn(batch);

        // then
        assertThat(missing.count()).isEqualTo(records.length);
        assertThat(missing.first()).hasSize(RecordKeys.MAX_NAMED).startsWith(0, 1, 2);
    }

    private static RecordKeys.Missing missingIn(ByteBuffer batch) {
        return RecordKeys.missingIn(batch, BatchHeader.read(batch, batch.position()));
    }
}
