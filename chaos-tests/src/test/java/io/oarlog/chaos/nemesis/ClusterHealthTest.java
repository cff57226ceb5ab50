package io.oarlog.chaos.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.cluster.Tool;
import org.junit.jupiter.api.Test;

final class ClusterHealthTest {
    @Test
    void shouldLackNothingWhenAllNodesAreThereAndWell() {
        assertThat(ClusterHealth.lack(new Tool.Result(0, "{\"nodes\":[{},{},{}]}"), 3))
                .isEmpty();
    }

    @Test
    void shouldNotTakeAClusterForWellThatHasForgottenANode() {
        assertThat(ClusterHealth.lack(new Tool.Result(0, "{\"nodes\":[{},{}]}"), 3))
                .contains("only 2 nodes are known");
    }

    @Test
    void shouldTellTheVerdictOfADegradedCluster() {
        assertThat(ClusterHealth.lack(
                        new Tool.Result(1, "{\"verdict\":\"degraded: node 2 is down\",\"nodes\":[{},{},{}]}"), 3))
                .contains("degraded: node 2 is down");
    }

    @Test
    void shouldLackAnAnswerWhenNobodyGaveOne() {
        assertThat(ClusterHealth.lack(new Tool.Result(1, "warning\noarlog: no broker answered"), 3))
                .contains("cluster status ended with 1: oarlog: no broker answered");
        assertThat(ClusterHealth.lack(new Tool.Result(124, ""), 3)).contains("cluster status ended with 124: ");
    }
}
