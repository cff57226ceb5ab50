package io.oarlog.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseOrdererTest {
    private final List<Integer> written = new ArrayList<>();
    private final ResponseOrderer orderer = new ResponseOrderer(buffers -> written.add(buffers[0].getInt(0)));

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

    private static ByteBuffer[] response(int number) {
        return new ByteBuffer[] {ByteBuffer.allocate(4).putInt(0, number)};
    }
}
