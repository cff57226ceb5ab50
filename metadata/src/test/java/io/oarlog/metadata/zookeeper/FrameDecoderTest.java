package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int MAX_FRAME_BYTES = 2000;

    private final EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(MAX_FRAME_BYTES));

    @Test
    void shouldCutFramesWhereverTheBytesAreSplit() {
        // given
        ByteBuf bytes = Unpooled.buffer()
                .writeInt(3)
                .writeBytes(new byte[] {1, 2, 3})
                .writeInt(1)
                .writeByte(4);

        // when
        while (bytes.isReadable()) {
            channel.writeInbound(bytes.readBytes(1));
        }

        // then
        assertThat(readFrame()).containsExactly(1, 2, 3);
        assertThat(readFrame()).containsExactly(4);
        assertThat(channel.<ByteBuf>readInbound()).isNull();
    }

    @Test
    void shouldFindAWordInPlaceOfTheFirstFrame() {
        // when
        channel.writeInbound(text("ru"));
        channel.writeInbound(text("ok\n"));

        // then
        assertThat(channel.<Object>readInbound()).isEqualTo(new WordRequest(FourLetterWord.RUOK, OptionalLong.empty()));
        assertThat(channel.<Object>readInbound()).isNull();
    }

    @Test
    void shouldTakeNoWordLater() {
        channel.writeInbound(Unpooled.buffer().writeInt(0));

        assertThatThrownBy(() -> channel.writeInbound(text("ruok"))).isInstanceOf(TooLongFrameException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, FrameDecoder.MAX_CONNECT_BYTES + 1, Integer.MAX_VALUE})
    void shouldRefuseTheLengthOfAFirstFrameBeforeItsBytesCome(int length) {
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.buffer().writeInt(length)))
                .isInstanceOf(TooLongFrameException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, MAX_FRAME_BYTES + 1})
    void shouldRefuseTheLengthOfALaterFrame(int length) {
        // given
        channel.writeInbound(Unpooled.buffer().writeInt(0));

        // then
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.buffer().writeInt(length)))
                .isInstanceOf(TooLongFrameException.class);
    }

    @Test
    void shouldTakeTheLargestFrame() {
        // given
        channel.writeInbound(Unpooled.buffer().writeInt(0));
        readFrame();

        // when
        channel.writeInbound(Unpooled.buffer().writeInt(MAX_FRAME_BYTES).writeZero(MAX_FRAME_BYTES));

        // then
        assertThat(readFrame()).hasSize(MAX_FRAME_BYTES);
    }

    private byte[] readFrame() {
        ByteBuf frame = channel.readInbound();
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes).release();
        return bytes;
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
