package io.oarlog.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.network.ByteBufferSend;
import org.junit.jupiter.api.Test;

class ResponseOrdererTest {
    private final List<Integer> written = new ArrayList<>();
    private final ResponseOrderer orderer = new ResponseOrderer(response -> {
        written.add(message(response).getInt(0));
        response.release();
    });

    @Test
    void shouldWriteInTheOrderOfTheRequests() {
        // given
        ResponseOrderer.Slot first = orderer.next(10);
        ResponseOrderer.Slot second = orderer.next(20);
        ResponseOrderer.Slot third = orderer.next(30);

        // when
        orderer.complete(third, response(3));
        orderer.complete(second, response(2));
        assertThat(written).isEmpty();
        orderer.complete(first, response(1));

        // then
        assertThat(written).containsExactly(1, 2, 3);
        assertThat(orderer.inFlight()).isZero();
        assertThat(orderer.inFlightBytes()).isZero();
    }

    @Test
    void shouldStepOverRequestsWithoutAnAnswer() {
        // given
        ResponseOrderer.Slot silent = orderer.next(10);
        ResponseOrderer.Slot answered = orderer.next(20);
        orderer.complete(answered, response(2));

        // when
        orderer.complete(silent, null);

        // then
        assertThat(written).containsExactly(2);
    }

    @Test
    void shouldCountWhatIsNotAnswered() {
        // given
        ResponseOrderer.Slot first = orderer.next(10);
        orderer.next(20);

        // when
        orderer.complete(first, response(1));

        // then
        assertThat(orderer.inFlight()).isEqualTo(1);
        assertThat(orderer.inFlightBytes()).isEqualTo(20);
    }

    @Test
    void shouldReleaseWhatWaitsForAnotherAnswerWhenItIsClosed() {
        // given
        orderer.next(10);
        EncodedResponse ready = response(2);
        orderer.complete(orderer.next(20), ready);

        // when
        orderer.close();

        // then
        assertThat(message(ready).refCnt()).isZero();
        assertThat(written).isEmpty();
        assertThat(orderer.inFlight()).isZero();
    }

    private static EncodedResponse response(int number) {
        return EncodedResponse.of(new ByteBufferSend(ByteBuffer.allocate(4).putInt(0, number)));
    }

    private static ByteBuf message(EncodedResponse response) {
        return (ByteBuf) response.messages().get(0);
    }
}
