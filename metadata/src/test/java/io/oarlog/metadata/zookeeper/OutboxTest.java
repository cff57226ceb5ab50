package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final int MAX_MESSAGES = 3;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Heard heard = new Heard();
    private final Outbox outbox = new Outbox(channel, MAX_MESSAGES, heard);

    private static final class Heard implements Outbox.Listener {
        private int sent;
        private int drained;
        private int overflows;

        @Override
        public void onSent(OutgoingMessage message) {
            sent++;
        }

        @Override
        public void onDrained() {
            drained++;
        }

        @Override
        public void onOverflow() {
            overflows++;
        }
    }

    @Test
    void shouldSendInOrderWithoutTheEventLoopBeingAskedForEach() {
        // when
        for (int xid = 1; xid <= MAX_MESSAGES; xid++) {
            outbox.add(OutgoingMessage.reply(xid, 0, Answer.DONE));
        }
        channel.runPendingTasks();

        // then
        for (int xid = 1; xid <= MAX_MESSAGES; xid++) {
            ByteBuf message = channel.readOutbound();
            assertThat(message.getInt(Integer.BYTES)).isEqualTo(xid);
            message.release();
        }
        assertThat(heard.sent).isEqualTo(MAX_MESSAGES);
        assertThat(heard.drained).isEqualTo(1);
        assertThat(outbox.size()).isZero();
    }

    @Test
    void shouldCutOffAClientThatLetsTooManyPileUp() {
        // given: it takes nothing
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int xid = 1; xid <= MAX_MESSAGES; xid++) {
            outbox.add(OutgoingMessage.reply(xid, 0, Answer.DONE));
        }
        channel.runPendingTasks();
        assertThat(heard.overflows).isZero();

        // when
        outbox.add(OutgoingMessage.reply(4, 0, Answer.DONE));

        // then
        assertThat(heard.overflows).isEqualTo(1);
        assertThat(heard.sent).isZero();
    }

    @Test
    void shouldGoOnWhenTheClientTakesMoreAgain() {
        // given
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        outbox.add(OutgoingMessage.reply(1, 0, Answer.DONE));
        channel.runPendingTasks();

        // when
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        outbox.drain();

        // then
        assertThat(heard.sent).isEqualTo(1);
    }

    @Test
    void shouldGoOnWhenItsOwnFlushMakesRoom() {
        // given: as much as the channel takes is written and not flushed
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(10, 20));
        var unused = channel.write(channel.alloc().buffer(30).writeZero(30));
        assertThat(channel.isWritable()).isFalse();

        // when
        outbox.add(OutgoingMessage.reply(1, 0, Answer.DONE));
        channel.runPendingTasks();

        // then
        assertThat(heard.sent).isEqualTo(1);
    }

    @Test
    void shouldCloseBehindTheLastMessage() {
        // when
        outbox.add(OutgoingMessage.reply(1, 0, Answer.DONE));
        outbox.add(OutgoingMessage.END);
        outbox.add(OutgoingMessage.reply(2, 0, Answer.DONE));
        channel.runPendingTasks();

        // then
        assertThat(heard.sent).isEqualTo(1);
        assertThat(channel.isOpen()).isFalse();
    }
}
