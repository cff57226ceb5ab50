package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong while a broker or a partition starts: it is said, nothing is left behind, and the next try works. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class BrokerStartIT {
    @TempDir
    Path directory;

    @Test
    void shouldLeaveNothingRunningWhenThePortForClientsIsTaken() throws Exception {
        int raftPort = freePort();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // when
            assertThatThrownBy(() -> Broker.start(settings(raftPort, taken.getLocalPort())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("listener");
        }

        // then: directory and Raft port can be had at once
        assertServes(settings(raftPort, freePort()));
    }

    @Test
    void shouldNameTheRaftPortThatIsTakenAndItsKey() throws Exception {
        int port = freePort();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // when
            assertThatThrownBy(() -> Broker.start(settings(taken.getLocalPort(), port)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()))
                    .hasMessageContaining("cluster.nodes");
        }

        // then
        assertServes(settings(freePort(), port, directory.resolve("other")));
    }

    @Test
    void shouldTryAgainToCreateAPartition() throws Exception {
        // given: a disk that refuses the topic's directory for a while
        AtomicInteger refusals = new AtomicInteger(2);
        try (LocalCluster cluster =
                        LocalCluster.start(directory, node -> node == 2 ? refusing("later", refusals) : Disk.system());
                Admin admin = cluster.admin()) {
            // when
            admin.createTopics(List.of(new NewTopic("later", 1, (short) 3)))
                    .all()
                    .get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);

            // then
            await().atMost(LocalCluster.LIMIT)
                    .until(() ->
                            Files.exists(cluster.dataDirectory(2).resolve("log").resolve("later")));
        }
    }

    /** The system's disk, but for so many failures to create a directory of the topic. */
    private static Disk refusing(String topic, AtomicInteger refusals) {
        return (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    boolean isRefused = method.getName().equals("createDirectories")
                            && arguments[0].toString().contains(topic)
                            && refusals.getAndDecrement() > 0;
                    if (isRefused) {
                        throw new IOException("refused by the test");
                    }
                    try {
                        return method.invoke(Disk.system(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void assertServes(BrokerSettings settings) throws Exception {
        try (Broker broker = Broker.start(settings)) {
            broker.serving().get(LocalCluster.LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private BrokerSettings settings(int raftPort, int kafkaPort) {
        return settings(raftPort, kafkaPort, directory);
    }

    private static BrokerSettings settings(int raftPort, int kafkaPort, Path data) {
        Properties properties = new Properties();
        properties.setProperty("node.id", "1");
        properties.setProperty("cluster.nodes", "1@127.0.0.1:" + raftPort);
        properties.setProperty("data.dir", data.toString());
        properties.setProperty("listener", "127.0.0.1:" + kafkaPort);
        return BrokerSettings.parse(properties);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
