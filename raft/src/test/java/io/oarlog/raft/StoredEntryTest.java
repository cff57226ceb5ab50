package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredEntryTest {
    @Test
    void shouldReadTheRequestThatWasWritten() {
        // given
        StoredEntryRequest request = new StoredEntryRequest(1L << 40, 7);

        // when, then
        assertThat(StoredEntryRequest.decode(request.encode())).isEqualTo(request);
    }

    @Test
    void shouldReadTheBytesThatWereWritten() {
        // given
        StoredEntry entry = StoredEntry.found(TestAppends.batch("value"));

        // when, then
        assertThat(StoredEntry.decode(entry.encode())).isEqualTo(entry);
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadEveryState(StoredEntry.State state) {
        assertThat(StoredEntry.decode(StoredEntry.without(state).encode()).state())
                .isEqualTo(state);
    }

    @Test
    void shouldRefuseWhatIsNeither() {
        assertThatThrownBy(() -> StoredEntryRequest.decode(ByteBuffer.allocate(16)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredEntryRequest.decode(ByteBuffer.allocate(17)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredEntry.decode(ByteBuffer.allocate(0)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StoredEntry.decode(ByteBuffer.allocate(1).put(0, (byte) 4)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
