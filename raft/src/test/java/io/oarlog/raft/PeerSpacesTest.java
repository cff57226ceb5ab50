package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerSpacesTest {
    private final AtomicLong nanoClock = new AtomicLong(Long.MAX_VALUE - 5);
    private final PeerSpaces peers = new PeerSpaces(nanoClock::get);

    @Test
    void shouldTakeASilentNodeForOneWithSpace() {
        assertThat(peers.of(2)).isEqualTo(DiskSpace.AMPLE);
        assertThat(peers.areAllAmple()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(DiskSpace.class)
    void shouldRememberTheLastNotice(DiskSpace last) {
        // given
        peers.onNotice(2, DiskSpace.SHORT);

        // when
        peers.onNotice(2, last);

        // then
        assertThat(peers.of(2)).isEqualTo(last);
        assertThat(peers.areAllAmple()).isEqualTo(last == DiskSpace.AMPLE);
    }

    @Test
    void shouldNameTheNodesThatAreShort() {
        // given
        peers.onNotice(1, DiskSpace.SHORT);
        peers.onNotice(3, DiskSpace.FULL);

        // when / then
        assertThat(peers.shortAmong(List.of(1, 2, 3))).containsExactly(1, 3);
        assertThat(peers.shortAmong(List.of(2))).isEmpty();
    }

    @Test
    void shouldForgetANodeThatFellSilent() {
        // given: also when the clock overflows
        peers.onNotice(2, DiskSpace.FULL);

        // when / then
        nanoClock.addAndGet(SpaceNotices.INTERVAL.multipliedBy(2).toNanos());
        assertThat(peers.of(2)).isEqualTo(DiskSpace.FULL);
        nanoClock.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(peers.of(2)).isEqualTo(DiskSpace.AMPLE);
        assertThat(peers.areAllAmple()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(DiskSpace.class)
    void shouldUnderstandANotice(DiskSpace space) {
        // given
        peers.onNotice(7, DiskSpace.SHORT);

        // when
        SpaceNotices.receive(SpaceNotices.encode(7, space), peers);

        // then
        assertThat(peers.of(7)).isEqualTo(space);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 6})
    void shouldPassOverWhatIsNoNotice(int bytes) {
        // when
        SpaceNotices.receive(ByteBuffer.allocate(bytes), peers);
        SpaceNotices.receive(ByteBuffer.wrap(new byte[] {0, 0, 0, 7, 9}), peers);

        // then
        assertThat(peers.areAllAmple()).isTrue();
    }
}
