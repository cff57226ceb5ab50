package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A former leader whose process is stopped: it takes connections and says nothing. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SilentPeerIT {
    @TempDir
    Path directory;

    /** A run of the chaos harness: such a node could not register for as long as the other one was stopped. */
    @Test
    void shouldHaveItsFirstCommandDoneByTheLeaderThatItsOwnReplicaKnows() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory)) {
            // given: all know a leader, which then falls silent
            await().atMost(ThreeNodes.LIMIT)
                    .until(() -> nodes.node(1).metadataLeader().isPresent());
            int silent = nodes.node(1).metadataLeader().getAsInt();
            for (int node : ThreeNodes.ALL) {
                nodes.node(node).metadataLog().submit(number(1)).get(60, TimeUnit.SECONDS);
            }
            nodes.stop(silent);
            try (ServerSocket unanswered = nodes.silent(silent)) {
                assertThat(unanswered.isBound()).isTrue();
                List<Integer> others =
                        ThreeNodes.ALL.stream().filter(node -> node != silent).toList();
                int leader = awaitLeader(nodes, others);
                int restarted = others.get(0) == leader ? others.get(1) : others.get(0);
                nodes.stop(restarted);
                nodes.start(restarted);
                if (awaitLeader(nodes, others) == restarted) {
                    nodes.node(restarted).handOver(ThreeNodes.LIMIT).get(60, TimeUnit.SECONDS);
                    assertThat(awaitLeader(nodes, others)).isEqualTo(leader);
                }

                // when
                ByteBuffer sum =
                        nodes.node(restarted).metadataLog().submit(number(10)).get(60, TimeUnit.SECONDS);

                // then
                assertThat(sum.getLong()).isEqualTo(13);
            }
        }
    }

    /** Once both know the same one. */
    private static int awaitLeader(ThreeNodes nodes, List<Integer> of) {
        return await().atMost(ThreeNodes.LIMIT)
                .until(
                        () -> nodes.node(of.get(0)).metadataLeader(),
                        leader -> leader.isPresent()
                                && of.contains(leader.getAsInt())
                                && leader.equals(nodes.node(of.get(1)).metadataLeader()))
                .getAsInt();
    }

    private static ByteBuffer number(long number) {
        return ByteBuffer.allocate(8).putLong(0, number);
    }
}
