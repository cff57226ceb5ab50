package io.oarlog.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.cluster.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GuestTest {
    private static final Tool.Result DONE = new Tool.Result(0, "done");
    private static final Tool.Result REFUSED = new Tool.Result(1, "oarlog: not now");
    private static final Tool.Result FOUR_NODES = new Tool.Result(0, "[{},{},{},{}]");
    private static final Tool.Result THREE_NODES = new Tool.Result(0, "[{},{},{}]");

    private final FakeCluster cluster = new FakeCluster();
    private final List<String> notes = new ArrayList<>();
    private final Guest guest = new Guest(cluster, 4, () -> cluster.nowNanos, notes::add);

    @BeforeEach
    void start() {
        cluster.start(4);
    }

    @Test
    void shouldComeAndGo() throws Exception {
        // given
        guest.release();

        // when: it is drained at the second try
        cluster.answers.addAll(List.of(DONE, REFUSED, DONE, DONE, THREE_NODES));
        look(30, false);

        // then: it has not ended yet
        assertThat(cluster.asked)
                .containsExactly(
                        "node add 4 --wait 120",
                        "node drain 4 --wait 120",
                        "node drain 4 --wait 120",
                        "node remove 4",
                        "node list -o json");
        assertThat(guest.isDone()).isFalse();
        assertThat(cluster.wiped).isEmpty();

        // when
        cluster.endByItself(4);
        look(1, false);

        // then
        assertThat(guest.isDone()).isTrue();
        assertThat(cluster.wiped).containsExactly(4);
        assertThat(guest.failure()).isEmpty();
        assertThat(cluster.open).isZero();
    }

    @Test
    void shouldStayUntilItIsReleased() throws Exception {
        // when
        cluster.answers.addAll(List.of(DONE, DONE, DONE));
        look(60, false);

        // then
        assertThat(cluster.asked).containsExactly("node add 4 --wait 120");
        assertThat(guest.progress()).contains("there with its share");
    }

    @Test
    void shouldBeRemovedAgainWhileItIsListed() throws Exception {
        // given
        guest.release();

        // when
        cluster.answers.addAll(List.of(DONE, DONE, REFUSED, FOUR_NODES, DONE, REFUSED, DONE, THREE_NODES));
        look(60, false);

        // then
        assertThat(cluster.asked.subList(2, cluster.asked.size()))
                .containsExactly(
                        "node remove 4",
                        "node list -o json",
                        "node remove 4",
                        "node list -o json",
                        "node remove 4",
                        "node list -o json");
        assertThat(guest.progress()).contains("removed, and has not ended");
    }

    @Test
    void shouldFindThatItEndedBeforeItWasRemoved() throws Exception {
        // when
        cluster.endByItself(4);
        look(1, false);

        // then
        assertThat(guest.failure()).hasValueSatisfying(text -> assertThat(text).contains("ended by itself"));
        assertThat(cluster.isRunning(4)).isTrue();
    }

    @Test
    void shouldFindNothingInAnEndUnderAnotherFault() throws Exception {
        // given
        look(1, true);

        // when
        cluster.endByItself(4);
        assertThat(guest.mayEnd()).isTrue();
        look(1, false);

        // then
        assertThat(guest.failure()).isEmpty();
        assertThat(cluster.isRunning(4)).isTrue();
    }

    @Test
    void shouldNotBeStartedForEver() throws Exception {
        // when: each start is in vain
        for (int i = 0; i < 100; i++) {
            cluster.endByItself(4);
            look(1, true);
        }

        // then
        assertThat(notes).hasSize(11);
        assertThat(guest.failure()).hasValueSatisfying(text -> assertThat(text).contains("11 times"));
        assertThat(cluster.isRunning(4)).isFalse();
    }

    private void look(int seconds, boolean isBroken) throws Exception {
        for (int i = 0; i < seconds; i++) {
            cluster.nowNanos += Duration.ofSeconds(1).toNanos();
            guest.look(isBroken);
        }
    }
}
