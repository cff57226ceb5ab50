package io.oarlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.server.embedded.ClusterPorts;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes of a cluster that come and go, and what is left of them. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class OarlogClusterIT {
    private static final String TOPIC = "orders";

    private static void send(OarlogCluster cluster, String value) {
        try (Producer producer = new Producer(ProducerSettings.defaults(cluster.bootstrapServers()))) {
            producer.send(ProducerRecord.of(TOPIC, null, value.getBytes(UTF_8))).join();
        }
    }

    @Test
    void shouldGoOnWithoutANodeAndTakeItBack() {
        try (OarlogCluster cluster = OarlogCluster.start(3)) {
            cluster.createTopic(TOPIC, 1);
            for (int node : cluster.nodes()) {
                // when
                cluster.stopNode(node);
                send(cluster, "without " + node);

                // then
                assertThat(cluster.runningNodes()).hasSize(2).doesNotContain(node);
                cluster.startNode(node);
            }
            assertThat(cluster.runningNodes()).containsExactly(1, 2, 3);
            assertThat(Reading.values(cluster, TOPIC, 3)).containsExactly("without 1", "without 2", "without 3");
        }
    }

    @Test
    void shouldHaveItsRecordsWhenAllNodesWereStopped() {
        try (OarlogCluster cluster = OarlogCluster.start(3)) {
            // given
            cluster.createTopic(TOPIC, 1);
            send(cluster, "before");

            // when
            cluster.nodes().forEach(cluster::stopNode);
            cluster.nodes().forEach(cluster::startNode);

            // then
            send(cluster, "after");
            assertThat(Reading.values(cluster, TOPIC, 2)).containsExactly("before", "after");
        }
    }

    @Test
    void shouldLeaveNothing() {
        // given
        OarlogCluster cluster = OarlogCluster.start(1);
        Path files = cluster.dataDirectory(1);
        assertThat(files).isDirectoryContaining(file -> file.endsWith("raft"));

        // when
        cluster.close();
        cluster.close();

        // then
        assertThat(files.getParent()).doesNotExist();
        assertThat(ports(cluster)).hasSize(2).allMatch(ClusterPorts::isFree);
        assertThatThrownBy(() -> cluster.startNode(1)).hasMessage("the cluster is closed");
    }

    private static List<Integer> ports(OarlogCluster cluster) {
        String addresses = cluster.bootstrapServers() + "," + cluster.zooKeeperConnectString();
        return Arrays.stream(addresses.split(","))
                .map(address -> Integer.valueOf(address.substring("127.0.0.1:".length())))
                .toList();
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertThatThrownBy(() -> OarlogCluster.start(0)).hasMessage("nodes=0: give 1 to 5");
        assertThatThrownBy(() -> OarlogCluster.start(6)).hasMessage("nodes=6: give 1 to 5");
        assertThatThrownBy(() -> OarlogCluster.start(1, Map.of("num.partition", "2")))
                .hasMessageStartingWith("num.partition: unknown; known are ");
        try (OarlogCluster cluster = OarlogCluster.start(1)) {
            assertThatThrownBy(() -> cluster.startNode(1)).hasMessage("node 1 runs");
            assertThatThrownBy(() -> cluster.stopNode(2)).hasMessage("there is no node 2, only [1]");
        }
    }
}
