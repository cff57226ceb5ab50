package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SilenceWatchTest {
    private final SilenceWatch watch = new SilenceWatch();

    @Test
    void shouldBeNoneWhenNobodySends() {
        assertThat(watch.longest()).isNull();
    }

    @Test
    void shouldBeginWithTheFirstSend() {
        // given
        watch.tried(10);
        watch.acknowledged(50);
        watch.acknowledged(60);

        // then
        assertThat(watch.longest()).isEqualTo(new Silence(10, 50, true));
    }

    @Test
    void shouldLastUntilClientsStopTrying() {
        // given
        watch.tried(10);
        watch.acknowledged(20);
        watch.tried(30);
        watch.tried(90);

        // then
        assertThat(watch.longest()).isEqualTo(new Silence(20, 90, false));
    }

    @Test
    void shouldKeepTheEarlierOfTwoThatAreAsLong() {
        // given
        watch.tried(0);
        watch.acknowledged(10);
        watch.acknowledged(20);

        // then
        assertThat(watch.longest()).isEqualTo(new Silence(0, 10, true));
    }
}
