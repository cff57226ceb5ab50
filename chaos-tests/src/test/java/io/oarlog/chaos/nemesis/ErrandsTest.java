package io.oarlog.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.cluster.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ErrandsTest {
    private static final Tool.Result HEALTHY = new Tool.Result(0, "{\"nodes\":[{},{},{}]}");
    private static final Tool.Result DEGRADED =
            new Tool.Result(1, "{\"verdict\":\"degraded: node 1 is down\",\"nodes\":[{},{},{}]}");

    private final FakeCluster cluster = new FakeCluster();
    private final List<String> notes = new ArrayList<>();
    private final Errands errands = new Errands(cluster, notes::add);

    @Test
    void shouldBeHinderedByAClusterThatIsNotHealthy() throws Exception {
        // given
        cluster.answers.addAll(List.of(DEGRADED, HEALTHY));

        // then
        assertThat(errands.hindrance()).contains("degraded: node 1 is down");
        assertThat(errands.hindrance()).isEmpty();
        assertThat(cluster.open).isZero();
    }

    @Test
    void shouldBeHinderedByTheOneThatIsUnderWayWhateverTheClusterSays() throws Exception {
        // given
        errands.begin(FaultKind.WIPE, 2);
        cluster.answers.add(HEALTHY);

        // then
        assertThat(errands.hindrance()).contains("node 2 is not given up");
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void shouldHoldTheWipedNodeDownAndNoOther() {
        // when
        errands.begin(FaultKind.WIPE, 2);

        // then
        assertThat(errands.holdsDown(2)).isTrue();
        assertThat(errands.holdsDown(1)).isFalse();
        assertThat(errands.isMissing()).isTrue();
    }

    @Test
    void shouldFindWhatIsNotMendedInTheEnd() {
        // given
        errands.begin(FaultKind.ADD_REMOVE, 4);

        // when
        errands.giveUp(Duration.ofSeconds(60));

        // then
        assertThat(errands.failures())
                .singleElement()
                .asString()
                .contains("node 4 is about to get its share", "60 s after");
        assertThat(errands.isUnderWay()).isFalse();
    }
}
