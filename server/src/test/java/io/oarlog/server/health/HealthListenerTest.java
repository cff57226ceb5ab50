package io.oarlog.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.PublishedLeader;
import io.oarlog.metadata.ReplicaMove;
import io.oarlog.metadata.Topic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class HealthListenerTest {
    private static final Topic TOPIC =
            new Topic(UUID.randomUUID(), "t", List.of(List.of(1, 2, 3), List.of(2, 3)), Map.of());

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private Readiness readiness = Readiness.not("it begins");
    private HealthListener listener;

    @BeforeEach
    void start() throws Exception {
        listener = HealthListener.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> readiness, threads);
    }

    @AfterEach
    void stop() {
        listener.close();
        threads.shutdownNow();
    }

    @Test
    void shouldAnswerWhetherItIsReadyAndWhyNot() throws Exception {
        assertThat(get("/ready").statusCode()).isEqualTo(503);
        assertThat(get("/ready").body()).isEqualTo("{\"reasons\":[\"it begins\"],\"ready\":false}");
        readiness = Readiness.of(1, List.of(TOPIC), (topic, partition) -> leader(1, 2));
        assertThat(get("/ready").statusCode()).isEqualTo(200);
        assertThat(get("/ready").body()).isEqualTo("{\"reasons\":[],\"ready\":true}");
    }

    @Test
    void shouldNotBeReadyWithReplicasThatAreLeftAloneWhateverTheTreeSays() throws Exception {
        // given
        Readiness inSync = Readiness.of(1, List.of(TOPIC), (topic, partition) -> leader(1, 2));

        // when
        readiness = inSync.withoutThose(List.of("a-0", "a-1", "a-2", "b-0"));

        // then
        assertThat(get("/ready").statusCode()).isEqualTo(503);
        assertThat(get("/ready").body()).contains("left alone, see its log: a-0, a-1, a-2 and 1 more");
        assertThat(inSync.withoutThose(List.of()).isReady()).isTrue();
    }

    @Test
    void shouldAnswerThatItLivesAndNameItsPaths() throws Exception {
        assertThat(get("/live").statusCode()).isEqualTo(200);
        assertThat(get("/other").statusCode()).isEqualTo(404);
        assertThat(get("/other").body()).contains("/live", "/ready");
        HttpResponse<String> posted = send(request("/ready").POST(HttpRequest.BodyPublishers.ofString("x")));
        assertThat(posted.statusCode()).isEqualTo(405);
    }

    @Test
    void shouldAnswerOthersWhileAClientDoesNotEndItsRequest() throws Exception {
        try (Socket slow =
                new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort())) {
            slow.getOutputStream().write('G');
            assertThat(get("/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void shouldBeReadyOnlyWhenAllItsReplicasAreInSync() {
        // the second partition has no replica on node 1
        assertThat(Readiness.of(1, List.of(TOPIC), (topic, partition) -> leader(2, 3))
                        .reasons())
                .containsExactly("not in sync: t-0");
        assertThat(Readiness.of(2, List.of(TOPIC), (topic, partition) -> leader(3, 1))
                        .reasons())
                .containsExactly("not in sync: t-0, t-1");
        assertThat(Readiness.of(2, List.of(TOPIC), (topic, partition) -> Optional.empty())
                        .isReady())
                .as("new partitions hold nobody up")
                .isTrue();
    }

    @Test
    void shouldBeReadyWhileReplicasAreOnTheirWayHereOrAway() {
        // given: node 4 takes the place of node 1
        Topic moved = new Topic(
                UUID.randomUUID(),
                "t",
                List.of(List.of(4, 2, 3, 1)),
                Map.of(),
                Map.of(0, new ReplicaMove(List.of(4), List.of(1))));

        // when, then
        assertThat(Readiness.of(4, List.of(moved), (topic, partition) -> leader(2, 3))
                        .isReady())
                .isTrue();
        assertThat(Readiness.of(1, List.of(moved), (topic, partition) -> leader(2, 3))
                        .isReady())
                .isTrue();
        assertThat(Readiness.of(3, List.of(moved), (topic, partition) -> leader(2, 4))
                        .reasons())
                .containsExactly("not in sync: t-0");
    }

    private static Optional<PublishedLeader> leader(Integer... inSync) {
        return Optional.of(new PublishedLeader(inSync[0], 1, List.of(inSync)));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + listener.address().getPort() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
