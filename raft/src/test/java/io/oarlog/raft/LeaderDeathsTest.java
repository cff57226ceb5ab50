package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LeaderDeathsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final RaftPeerId ENDED = PeerIds.of(1);
    private static final RaftPeerId LISTENS = PeerIds.of(2);
    private static final RaftPeerId MOVED = PeerIds.of(3);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Queue<Set<RaftPeerId>> found = new ConcurrentLinkedQueue<>();
    private final AtomicInteger looks = new AtomicInteger();

    @AfterEach
    void stop() {
        thread.shutdownNow();
    }

    private static RaftAddress refusing() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new RaftAddress("127.0.0.1", socket.getLocalPort());
        }
    }

    @Test
    void shouldFindThoseWhoRefuseAtAllTheirAddresses() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            RaftAddress open = new RaftAddress("127.0.0.1", listening.getLocalPort());
            Map<RaftPeerId, Set<RaftAddress>> others =
                    Map.of(ENDED, Set.of(refusing()), LISTENS, Set.of(open), MOVED, Set.of(refusing(), open));
            LeaderDeaths deaths = new LeaderDeaths(() -> others, found::add, thread);

            // when
            deaths.onConnectionEnd();

            // then
            await().atMost(LIMIT).until(() -> !found.isEmpty());
            assertThat(found).allMatch(Set.of(ENDED)::equals);
        }
    }

    @Test
    void shouldLookAFewTimesHoweverManyConnectionsEnd() throws Exception {
        Map<RaftPeerId, Set<RaftAddress>> others = Map.of(ENDED, Set.of(refusing()));
        LeaderDeaths deaths = new LeaderDeaths(
                () -> {
                    looks.incrementAndGet();
                    return others;
                },
                found::add,
                thread);

        // when
        for (int i = 0; i < 10_000; i++) {
            deaths.onConnectionEnd();
        }

        // then
        await().atMost(LIMIT).until(() -> looks.get() >= 7);
        assertThat(looks).hasValueLessThan(100);
    }
}
