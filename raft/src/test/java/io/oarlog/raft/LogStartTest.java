package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogStartTest {
    @Test
    void shouldDecodeWhatItEncoded() {
        LogStart start = new LogStart(0x0123_4567_89AB_CDEFL);

        assertThat(LogStart.decode(ByteBuffer.wrap(start.encode()))).isEqualTo(start);
        assertThat(start.encode()).containsExactly(2, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF);
    }

    @Test
    void shouldNotBeTakenForAHeader() {
        ByteBuffer batch = TestAppends.batch("a");
        EntryHeader header = new EntryHeader(
                0, List.of(EntryHeader.Batch.of(TestAppends.headers(batch).get(0))));

        assertThat(LogStart.isOne(ByteBuffer.wrap(header.encode()))).isFalse();
        assertThat(LogStart.isOne(ByteBuffer.wrap(new LogStart(1).encode()))).isTrue();
        assertThat(LogStart.isOne(ByteBuffer.allocate(0))).isFalse();
    }

    @Test
    void shouldRefuseOtherBytes() {
        byte[] encoded = new LogStart(7).encode();

        assertThatThrownBy(() -> LogStart.decode(ByteBuffer.wrap(encoded, 0, 8)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogStart.decode(ByteBuffer.allocate(9))).isInstanceOf(IllegalArgumentException.class);
    }
}
