package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseFramesTest {
    private static final int MAX_RESPONSE_BYTES = 2000;
    private static final int ROUNDS = 200;

    private static ByteBuffer length(int length) {
        return ByteBuffer.allocate(4).putInt(length).flip();
    }

    @Test
    void shouldFindTheResponsesHoweverTheStreamIsCut() {
        long seed = System.nanoTime();
        for (int round = 0; round < ROUNDS; round++) {
            assertFindsAll(seed + round);
        }
    }

    private static void assertFindsAll(long seed) {
        // given
        Random random = new Random(seed);
        ByteBuffer stream = ByteBuffer.allocate(1 << 16);
        List<ByteBuffer> sent = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(20); i++) {
            byte[] response = new byte[4 + random.nextInt(MAX_RESPONSE_BYTES - 3)];
            random.nextBytes(response);
            stream.putInt(response.length).put(response);
            sent.add(ByteBuffer.wrap(response));
        }
        stream.flip();
        ResponseFrames frames = new ResponseFrames(MAX_RESPONSE_BYTES);
        List<ByteBuffer> received = new ArrayList<>();

        // when
        byte[] piece = new byte[3000];
        while (stream.hasRemaining()) {
            int count = 1 + random.nextInt(Math.min(random.nextBoolean() ? 10 : piece.length, stream.remaining()));
            stream.get(piece, 0, count);
            ByteBuffer bytes = ByteBuffer.wrap(piece, 0, count);
            ByteBuffer frame = frames.next(bytes);
            while (frame != null) {
                received.add(frame);
                frame = frames.next(bytes);
            }
            assertThat(bytes.hasRemaining()).as("seed %d", seed).isFalse();
        }

        // then
        assertThat(received).as("seed %d", seed).isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, MAX_RESPONSE_BYTES})
    void shouldTakeTheShortestAndTheLongestLength(int length) {
        // given
        ResponseFrames frames = new ResponseFrames(MAX_RESPONSE_BYTES);

        // when
        ByteBuffer unfinished = frames.next(length(length));
        ByteBuffer frame = frames.next(ByteBuffer.allocate(length));

        // then
        assertThat(unfinished).isNull();
        assertThat(frame).isEqualTo(ByteBuffer.allocate(length));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 3, MAX_RESPONSE_BYTES + 1, Integer.MAX_VALUE})
    void shouldRefuseALengthThatNoResponseHas(int length) {
        ResponseFrames frames = new ResponseFrames(MAX_RESPONSE_BYTES);
        assertThatThrownBy(() -> frames.next(length(length)))
                .isInstanceOf(ConnectionLostException.class)
                .hasMessageContaining("response of " + length + " bytes");
    }
}
