package io.oarlog.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.cluster.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RejoinTest {
    private static final Tool.Result UP = new Tool.Result(1, "oarlog: node 2 is up; stop it first");
    private static final Tool.Result GIVEN_UP = new Tool.Result(0, "the disk of node 2 is given up");
    private static final Tool.Result HEALTHY =
            new Tool.Result(0, "{\"verdict\":\"healthy\",\"nodes\":[{\"id\":1},{\"id\":2},{\"id\":3}]}");
    private static final Tool.Result DEGRADED =
            new Tool.Result(1, "{\"verdict\":\"degraded: 9 under-replicated\",\"nodes\":[{},{},{}]}");

    private final FakeCluster cluster = new FakeCluster();
    private final List<String> notes = new ArrayList<>();
    private final Rejoin rejoin = new Rejoin(cluster, 2, () -> cluster.nowNanos, notes::add);

    @Test
    void shouldNotStartBeforeTheDiskIsGivenUp() throws IOException {
        // given: its fault is mended already
        rejoin.release();

        // when
        cluster.answers.addAll(List.of(UP, UP));
        look(30, false);

        // then
        assertThat(cluster.asked).startsWith("node replace 2");
        assertThat(cluster.starts).isZero();
        assertThat(rejoin.isHeldDown()).isTrue();
        assertThat(rejoin.progress()).contains("not given up", "node 2 is up");

        // when
        cluster.answers.add(GIVEN_UP);
        look(10, false);

        // then
        assertThat(cluster.starts).isEqualTo(1);
        assertThat(rejoin.isHeldDown()).isFalse();
    }

    @Test
    void shouldNotStartBeforeItIsReleased() throws IOException {
        // given
        cluster.answers.add(GIVEN_UP);
        look(30, false);
        assertThat(notes).containsExactly("the disk of node 2 is given up");
        assertThat(cluster.starts).isZero();
        assertThat(rejoin.isHeldDown()).isTrue();

        // when
        rejoin.release();
        look(1, false);

        // then
        assertThat(cluster.starts).isEqualTo(1);
    }

    @Test
    void shouldNeverAskToAcceptALoss() throws IOException {
        // when
        cluster.answers.addAll(List.of(UP, GIVEN_UP));
        look(30, false);

        // then
        assertThat(cluster.asked)
                .isNotEmpty()
                .allSatisfy(command -> assertThat(command).doesNotContain("--accept-loss"));
    }

    @Test
    void shouldBeBackOnceTheClusterHasBeenHealthyForAWhile() throws IOException {
        // given
        toServing();

        // when
        cluster.answers.addAll(List.of(DEGRADED, HEALTHY, HEALTHY, DEGRADED, HEALTHY, HEALTHY, HEALTHY));
        look(28, false);

        // then: it began anew with the second trouble
        assertThat(rejoin.isMended()).isTrue();
        assertThat(rejoin.isDone()).isFalse();

        // when
        cluster.answers.addAll(List.of(HEALTHY, HEALTHY));
        look(10, false);

        // then
        assertThat(rejoin.isDone()).isTrue();
        assertThat(rejoin.failure()).isEmpty();
    }

    @Test
    void shouldSayWhyItIsNotBack() throws IOException {
        // given
        toServing();

        // when
        cluster.answers.add(DEGRADED);
        look(30, false);

        // then
        assertThat(rejoin.progress()).contains("not back", "9 under-replicated");
    }

    @Test
    void shouldStartANodeAgainThatEndedUnderAnotherFaultAndFindNothingInIt() throws IOException {
        // given
        rejoin.release();
        cluster.answers.add(GIVEN_UP);
        look(5, true);
        assertThat(cluster.starts).isEqualTo(1);

        // when
        cluster.endByItself(2);
        assertThat(rejoin.mayEnd()).isTrue();
        look(1, false);

        // then
        assertThat(cluster.starts).isEqualTo(2);
        assertThat(rejoin.failure()).isEmpty();
    }

    @Test
    void shouldFindANodeThatEndedThoughNothingElseWasBroken() throws IOException {
        // given
        rejoin.release();
        cluster.answers.add(GIVEN_UP);
        look(5, false);

        // when
        cluster.endByItself(2);
        assertThat(rejoin.mayEnd()).isFalse();
        look(1, false);

        // then: it gets its chance all the same
        assertThat(cluster.starts).isEqualTo(2);
        assertThat(rejoin.failure()).hasValueSatisfying(text -> assertThat(text).contains("ended by itself"));
    }

    @Test
    void shouldEndItsCommandWhenItIsClosed() throws IOException {
        // given
        look(5, false);
        assertThat(cluster.open).isEqualTo(1);

        // when
        rejoin.close();

        // then
        assertThat(cluster.open).isZero();
    }

    @Test
    void shouldNotStartANodeThatAnotherFaultHasKilled() throws IOException {
        // given
        rejoin.release();
        cluster.answers.add(GIVEN_UP);
        look(5, false);
        assertThat(cluster.starts).isEqualTo(1);

        // when
        cluster.kill(2);
        look(10, true);

        // then
        assertThat(cluster.starts).isEqualTo(1);
        assertThat(rejoin.failure()).isEmpty();
    }

    private void toServing() throws IOException {
        rejoin.release();
        cluster.answers.add(GIVEN_UP);
        look(6, false);
        cluster.serving.add(2);
        look(1, false);
        assertThat(rejoin.isMended()).isTrue();
    }

    private void look(int seconds, boolean isBroken) throws IOException {
        for (int i = 0; i < seconds; i++) {
            cluster.nowNanos += Duration.ofSeconds(1).toNanos();
            rejoin.look(isBroken);
        }
    }
}
