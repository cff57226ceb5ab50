package io.oarlog.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int MAX = 300_000;

    private final EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(MAX));

    @Test
    void shouldCutFramesWhereverTheStreamIsCut() {
        for (int seed = 0; seed < 200; seed++) {
            // given: frames of all sizes, in pieces of all sizes
            Random random = new Random(seed);
            List<byte[]> frames = new ArrayList<>();
            ByteBuffer stream = ByteBuffer.allocate(2_000_000);
            for (int i = 0; i < 5; i++) {
                byte[] frame = new byte[1 + random.nextInt(random.nextBoolean() ? 100 : MAX)];
                random.nextBytes(frame);
                frames.add(frame);
                stream.putInt(frame.length).put(frame);
            }
            stream.flip();

            // when
            while (stream.hasRemaining()) {
                byte[] piece = new byte[Math.min(stream.remaining(), 1 + random.nextInt(100_000))];
                stream.get(piece);
                channel.writeInbound(Unpooled.wrappedBuffer(piece));
            }

            // then
            for (byte[] frame : frames) {
                ByteBuffer decoded = channel.readInbound();
                byte[] bytes = new byte[decoded.remaining()];
                decoded.get(bytes);
                assertThat(bytes).as("seed %d", seed).isEqualTo(frame);
            }
            assertThat(channel.inboundMessages()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {MAX + 1, Integer.MAX_VALUE, 0, -1, Integer.MIN_VALUE})
    void shouldRefuseALengthOutsideItsBounds(int length) {
        assertThatThrownBy(() ->
                        channel.writeInbound(Unpooled.buffer().writeInt(length).writeLong(0)))
                .isInstanceOf(TooLongFrameException.class)
                .hasMessageContaining(Integer.toString(length));
    }

    @Test
    void shouldTakeNothingMoreAfterARefusal() {
        // given
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.buffer().writeInt(-1)))
                .isInstanceOf(TooLongFrameException.class);

        // when
        channel.writeInbound(Unpooled.buffer().writeInt(1).writeByte(7));

        // then
        assertThat(channel.inboundMessages()).isEmpty();
    }

    @Test
    void shouldTakeLittleMemoryForWhatIsOnlyAnnounced() {
        // given
        List<EmbeddedChannel> channels = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            channels.add(new EmbeddedChannel(new FrameDecoder(MAX)));
        }
        long before = usedHeap();

        // when
        channels.forEach(c -> c.writeInbound(Unpooled.buffer(4).writeInt(MAX)));

        // then
        assertThat(usedHeap() - before).isLessThan(32L << 20);
        assertThat(channels).allMatch(EmbeddedChannel::isOpen);
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
