package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.oarlog.server.LocalCluster;
import io.oarlog.server.embedded.LocalBrokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A partition of two replicas, one of which is lost with its disk, as an operator brings it back. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ForceRecoverIT {
    @TempDir
    Path directory;

    private static CommandRun run(LocalBrokers brokers, String... arguments) {
        return fed(brokers, "", arguments);
    }

    private static CommandRun fed(LocalBrokers brokers, String input, String... arguments) {
        return CommandRun.fed(
                input,
                Stream.concat(Stream.of(arguments), Stream.of("-b", brokers.bootstrapServers()))
                        .toArray(String[]::new));
    }

    private static void emptyDisk(LocalBrokers brokers, int node) throws IOException {
        try (Stream<Path> files = Files.walk(brokers.dataDirectory(node))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static JsonNode partition(LocalBrokers brokers) {
        return run(brokers, "topic", "describe", "two", "-o", "json")
                .json()
                .get("partitions")
                .get(0);
    }

    private static List<Integer> numbers(JsonNode array) {
        List<Integer> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.asInt()));
        return numbers;
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "value-" + i + "\n").reduce("", String::concat);
    }

    /** @param isLeaderLost else its leader is left, for which the tree goes on to take it */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWithTheReplicaThatIsLeft(boolean isLeaderLost) throws Exception {
        try (LocalBrokers brokers = new LocalBrokers(directory, 3, (all, node) -> Map.of())) {
            // given
            brokers.startAll();
            brokers.awaitReady(LocalCluster.LIMIT);
            assertThat(run(brokers, "topic", "create", "two", "-p", "1", "-r", "2")
                            .exitCode())
                    .isZero();
            await().atMost(LocalCluster.LIMIT)
                    .until(() -> numbers(partition(brokers).get("inSync")).size() == 2);
            assertThat(fed(brokers, lines(0, 10), "produce", "two").exitCode()).isZero();
            String[] recover = {"partition", "force-recover", "two", "-p", "0"};
            assertThat(run(brokers, recover).err()).contains("there is nothing to recover");
            List<Integer> replicas = numbers(partition(brokers).get("replicas"));
            int leader = await().atMost(LocalCluster.LIMIT)
                    .until(() -> partition(brokers).get("leader").asInt(), replicas::contains);
            int other =
                    replicas.stream().filter(node -> node != leader).findFirst().orElseThrow();
            int lost = isLeaderLost ? leader : other;
            int left = isLeaderLost ? other : leader;

            // when: one is gone
            brokers.stop(lost);
            emptyDisk(brokers, lost);
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() -> assertThat(run(brokers, recover).err())
                            .contains("node " + lost + " does not answer")
                            .contains("oarlog node replace " + lost + " --accept-loss"));
            await().atMost(LocalCluster.LIMIT).until(() -> {
                CommandRun given = run(brokers, "node", "replace", Integer.toString(lost), "--accept-loss");
                // An attempt whose answer came too late has done it.
                return given.exitCode() == 0 || given.err().contains("there is no node " + lost);
            });

            // then: it is shown, and done when its name is typed
            JsonNode remains = run(brokers, "partition", "force-recover", "two", "-p", "0", "--dry-run", "-o", "json")
                    .json();
            assertThat(remains.get("refusal").isNull()).as(remains.toString()).isTrue();
            // A follower hears of a commit with what comes next: of the last one maybe never.
            assertThat(remains.get("acknowledgedTo").asLong()).isBetween(0L, 10L);
            assertThat(remains.get("replicas"))
                    .extracting(replica -> replica.get("node").asInt() + " "
                            + replica.get("disk").asText() + " "
                            + replica.get("endOffset").asText())
                    .containsExactlyInAnyOrder(left + " THERE 10", lost + " GIVEN_UP null");
            CommandRun notConfirmed = fed(brokers, "y\n", recover);
            assertThat(notConfirmed.exitCode()).isEqualTo(1);
            assertThat(notConfirmed.err()).contains("nothing has changed");
            CommandRun recovered = fed(brokers, "two-0\n", recover);
            assertThat(recovered.exitCode()).as(recovered.err()).isZero();
            assertThat(recovered.out()).contains("Lost for good").contains("node " + left + " leads two-0");

            // and: it takes records, and its other replica when the node is back
            assertThat(fed(brokers, lines(10, 15), "produce", "two").exitCode()).isZero();
            brokers.start(lost);
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() -> assertThat(numbers(partition(brokers).get("inSync")))
                            .containsExactlyInAnyOrderElementsOf(replicas));
            await().atMost(LocalCluster.LIMIT)
                    .untilAsserted(() ->
                            assertThat(partition(brokers).get("leader").asInt()).isEqualTo(replicas.get(0)));
            assertThat(run(brokers, "consume", "two", "-o", "beginning", "-n", "15")
                            .out())
                    .isEqualTo(lines(0, 15));
        }
    }
}
