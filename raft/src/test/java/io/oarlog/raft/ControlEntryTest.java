package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlEntryTest {
    @Test
    void shouldDecodeWhatItEncoded() {
        LogStart start = new LogStart(0x0123_4567_89AB_CDEFL);
        CompactionBound bound = new CompactionBound(0x0123_4567_89AB_CDEFL);

        assertThat(ControlEntry.decode(ByteBuffer.wrap(start.encode()))).isEqualTo(start);
        assertThat(ControlEntry.decode(ByteBuffer.wrap(bound.encode()))).isEqualTo(bound);
        assertThat(start.encode()).containsExactly(2, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF);
        assertThat(bound.encode()).containsExactly(3, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF);
    }

    @Test
    void shouldNotBeTakenForAHeader() {
        ByteBuffer batch = TestAppends.batch("a");
        EntryHeader header = new EntryHeader(
                0, List.of(EntryHeader.Batch.of(TestAppends.headers(batch).get(0))));

        assertThat(ControlEntry.isOne(ByteBuffer.wrap(header.encode()))).isFalse();
        assertThat(ControlEntry.isOne(ByteBuffer.wrap(new LogStart(1).encode())))
                .isTrue();
        assertThat(ControlEntry.isOne(ByteBuffer.wrap(new CompactionBound(1).encode())))
                .isTrue();
        assertThat(ControlEntry.isOne(ByteBuffer.allocate(0))).isFalse();
    }

    @Test
    void shouldRefuseOtherBytes() {
        byte[] encoded = new CompactionBound(7).encode();
        byte[] unknown = new CompactionBound(7).encode();
        unknown[0] = 4;

        assertThatThrownBy(() -> ControlEntry.decode(ByteBuffer.wrap(encoded, 0, 8)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ControlEntry.decode(ByteBuffer.wrap(unknown)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ControlEntry.decode(ByteBuffer.allocate(9)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
