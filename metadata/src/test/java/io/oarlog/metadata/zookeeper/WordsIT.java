package io.oarlog.metadata.zookeeper;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.client.FourLetterWordMain;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class WordsIT {
    private final SharedStream stream = new SharedStream();
    private final SharedStream.Node node = stream.newNode(1);
    private final AtomicReference<EnsembleStatus> status =
            new AtomicReference<>(new EnsembleStatus(1, 3, OptionalInt.of(1), 2));

    @SuppressWarnings("NullAway.Init") // every test begins with start
    private ZooKeeperServer server;

    private void start(Set<String> words) throws IOException {
        server = ZooKeeperServer.start(
                ZooKeeperSettings.defaults("127.0.0.1", 0).withWords(words),
                node,
                status::get,
                () -> new StorageSizes(12, 34),
                Clock.system(),
                new SecureRandom());
    }

    @AfterEach
    void stop() {
        server.close();
        stream.close();
    }

    @Test
    void shouldAnswerTwoWordsUnlessMoreAreAllowed() throws IOException {
        start(ZooKeeperSettings.DEFAULT_WORDS);

        assertThat(word("ruok")).isEqualTo("imok");
        assertThat(word("srvr"))
                .startsWith("Zookeeper version: 3.9.5")
                .contains("\nLatency min/avg/max: 0/0.0/0\n", "\nMode: leader\n", "\nZxid: 0x0\n", "\nNode count: ");
        for (FourLetterWord each : FourLetterWord.values()) {
            String refused = each.text();
            if (refused.equals("ruok") || refused.equals("srvr")) {
                continue;
            }
            assertThat(word(refused)).isEqualTo(refused + " is not executed because it is not in the whitelist.\n");
        }
    }

    @Test
    void shouldSayThatItDoesNotServeWithoutALeader() throws IOException {
        start(Set.of("*"));
        status.set(new EnsembleStatus(1, 3, OptionalInt.empty(), 0));

        assertThat(word("ruok")).isEqualTo("imok");
        assertThat(word("srvr")).isEqualTo("This ZooKeeper instance is not currently serving requests\n");
        assertThat(word("isro")).isEqualTo("null");
    }

    @Test
    void shouldAnswerAToolThatEndsItsSideBehindTheWord() throws Exception {
        start(Set.of("*"));

        // many times: what comes first is a matter of luck
        for (int i = 0; i < 100; i++) {
            assertThat(FourLetterWordMain.send4LetterWord("127.0.0.1", server.port(), "ruok"))
                    .isEqualTo("imok\n");
        }
        assertThat(FourLetterWordMain.send4LetterWord("127.0.0.1", server.port(), "envi"))
                .startsWith("Environment:\nzookeeper.version=3.9.5")
                .contains("\njava.version=");
    }

    @Test
    void shouldKeepTheTraceMaskThatItIsTold() throws IOException {
        // given
        start(Set.of("*"));
        assertThat(word("gtmk")).isEqualTo("306");

        // when
        try (RawClient client = new RawClient(server.port())) {
            client.sendBytes(ByteBuffer.allocate(12)
                    .put("stmk".getBytes(US_ASCII))
                    .putLong(65)
                    .array());
            assertThat(client.readToEnd()).isEqualTo("65");
        }

        // then
        assertThat(word("gtmk")).isEqualTo("65");
        assertThat(word("stmk")).isEmpty();
        assertThat(word("gtmk")).isEqualTo("65");
    }

    @Test
    void shouldTellWhatItTakesOnTheDiskAndNoDigests() throws IOException {
        start(Set.of("*"));

        assertThat(word("dirs")).isEqualTo("datadir_size: 12\nlogdir_size: 34\n");
        assertThat(word("conf")).contains("\ndataDirSize=12\ndataLogSize=34\ntickTime=2000\n");
        assertThat(word("hash")).isEmpty();
    }

    @Test
    void shouldResetStatistics() throws IOException {
        start(Set.of("*"));

        assertThat(word("srst")).isEqualTo("Server stats reset.\n");
        assertThat(word("crst")).isEqualTo("Connection stats reset.\n");
    }

    @Test
    void shouldCountWhatHappens() throws IOException {
        // given
        int znodes = node.tree().znodeCount();
        long bytes = node.tree().approximateBytes();
        start(Set.of("*"));
        try (RawClient client = RawClient.connected(server.port())) {
            client.send(1, OpCode.create, new CreateRequest("/e", new byte[10], Ids.OPEN_ACL_UNSAFE, 1));
            client.send(2, OpCode.create, new CreateRequest("/p", new byte[20], Ids.OPEN_ACL_UNSAFE, 0));
            client.send(3, OpCode.exists, new ExistsRequest("/e", true));
            for (int xid = 1; xid <= 3; xid++) {
                assertThat(client.read().getErr()).isZero();
            }

            // when
            Map<String, String> monitored = monitor();

            // then
            assertThat(monitored)
                    .containsEntry("zk_server_state", "leader")
                    .containsEntry("zk_znode_count", Integer.toString(znodes + 2))
                    .containsEntry("zk_watch_count", "1")
                    .containsEntry("zk_ephemerals_count", "1")
                    .containsEntry("zk_approximate_data_size", Long.toString(bytes + 10 + 20 + 2 + 2))
                    .containsEntry("zk_packets_sent", "4")
                    // The word itself is the fifth.
                    .containsEntry("zk_packets_received", "5")
                    .containsEntry("zk_outstanding_requests", "0")
                    .containsEntry("zk_followers", "2")
                    .containsEntry("zk_synced_followers", "2")
                    .containsEntry("zk_peer_state", "leading - broadcast")
                    .containsEntry("zk_quorum_size", "3")
                    .containsKeys(
                            "zk_version",
                            "zk_avg_latency",
                            "zk_min_latency",
                            "zk_max_latency",
                            "zk_num_alive_connections",
                            "zk_open_file_descriptor_count");
            assertThat(word("cons")).contains("recved=4,sent=4,sid=0x", ",lop=EXIS,", ",to=10000,lcxid=0x3,");
            assertThat(word("stat")).contains("Clients:\n /127.0.0.1:", "\nMode: leader\n");
            assertThat(word("wchs")).startsWith("1 connections watching 1 paths\nTotal watches:1\n");
            assertThat(word("wchp")).startsWith("/e\n\t0x");
            assertThat(word("wchc")).startsWith("0x").contains("\n\t/e\n");
            assertThat(word("dump")).contains("Sessions with Ephemerals (1):\n0x", ":\n\t/e\n");
            assertThat(word("conf"))
                    .contains("clientPort=" + server.port() + "\n", "maxClientCnxns=60\n", "serverId=1\n");
            assertThat(word("isro")).isEqualTo("rw");
        }

        // then
        await().atMost(Duration.ofSeconds(10)).until(() -> monitor().get("zk_watch_count"), "0"::equals);
    }

    @Test
    void shouldMeasureHowLongAnswersTake() throws Exception {
        // given
        start(Set.of("*"));
        try (RawClient client = RawClient.connected(server.port())) {
            stream.hold();

            // when
            client.send(1, OpCode.create, new CreateRequest("/a", null, Ids.OPEN_ACL_UNSAFE, 0));
            await().atMost(Duration.ofSeconds(10)).until(() -> monitor().get("zk_outstanding_requests"), "1"::equals);
            long begin = System.nanoTime();
            await().until(() -> System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(120));
            stream.release();
            assertThat(client.read().getErr()).isZero();

            // then
            assertThat(Long.parseLong(monitor().get("zk_max_latency"))).isBetween(120L, 30_000L);
            assertThat(Double.parseDouble(monitor().get("zk_avg_latency"))).isGreaterThanOrEqualTo(120.0);

            // when
            assertThat(word("srst")).isEqualTo("Server stats reset.\n");

            // then
            assertThat(monitor()).containsEntry("zk_max_latency", "0");
        }
    }

    private String word(String word) throws IOException {
        return RawClient.word(server.port(), word);
    }

    private Map<String, String> monitor() throws IOException {
        Map<String, String> values = new TreeMap<>();
        word("mntr").lines().forEach(line -> {
            int tab = line.indexOf('\t');
            values.put(line.substring(0, tab), line.substring(tab + 1));
        });
        return values;
    }
}
