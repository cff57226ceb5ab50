package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oarlog.server.embedded.ClusterPorts;
import io.oarlog.server.embedded.LocalBrokers;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The doctor at brokers that are well, and at some that tell clients what leads nowhere. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DoctorListenersIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    /** Three nodes on every address of this machine, with what each advertises; nothing where the text is empty. */
    private LocalBrokers start(BiFunction<LocalBrokers, Integer, String> advertised) throws InterruptedException {
        LocalBrokers brokers = new LocalBrokers(directory, 3, (started, node) -> {
            Map<String, String> settings = new HashMap<>();
            settings.put("listener", "0.0.0.0:" + started.kafkaPort(node));
            String told = advertised.apply(started, node);
            if (!told.isEmpty()) {
                settings.put("advertised.listener", told);
            }
            return settings;
        });
        try {
            brokers.startAll();
            brokers.awaitReady(LIMIT);
            return brokers;
        } catch (InterruptedException | RuntimeException e) {
            brokers.close();
            throw e;
        }
    }

    private static int freePort() {
        return ClusterPorts.free(1, RandomGenerator.getDefault()).get(0);
    }

    private static CommandRun doctor(String address, String... more) {
        String[] arguments = new String[3 + more.length];
        arguments[0] = "doctor";
        arguments[1] = "listeners";
        arguments[2] = address;
        System.arraycopy(more, 0, arguments, 3, more.length);
        return CommandRun.of(arguments);
    }

    @Test
    void shouldSayThatAllIsWell() throws Exception {
        try (LocalBrokers brokers = start((started, node) -> "")) {
            for (String host : new String[] {"127.0.0.1", "127.0.0.2"}) {
                String asked = host + ":" + brokers.kafkaPort(1);

                // when
                CommandRun run = doctor(asked);

                // then
                assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
                assertThat(run.out())
                        .startsWith("a client that is given " + asked + " gets to all 3 nodes that it is told of\n");
                for (int node = 1; node <= 3; node++) {
                    assertThat(run.out())
                            .containsPattern(node + "  " + host + ":" + brokers.kafkaPort(node) + " +" + host
                                    + " +yes +node " + node + "\n");
                }
            }

            // when: one is gone, which clients live with
            brokers.stop(3);
            JsonNode report =
                    doctor("127.0.0.1:" + brokers.kafkaPort(1), "-o", "json").json();

            // then
            assertThat(report.get("works").booleanValue()).isTrue();
            assertThat(report.get("verdict").textValue())
                    .endsWith("; not told of node 3: down, or without such a listener");
            assertThat(report.at("/nodes/2/advertised").isNull()).isTrue();
        }
    }

    @Test
    void shouldNameWhatLeadsNowhere() throws Exception {
        try (LocalBrokers brokers = start((started, node) -> switch (node) {
            case 1 -> "127.0.0.1";
            case 2 -> "127.0.0.1:" + started.kafkaPort(1);
            default -> "nowhere.invalid";
        })) {
            String asked = "127.0.0.1:" + brokers.kafkaPort(1);
            // when
            CommandRun run = doctor(asked, "-o", "json");

            // then
            assertThat(run.exitCode()).isEqualTo(1);
            JsonNode report = run.json();
            assertThat(report.get("works").booleanValue()).isFalse();
            assertThat(report.get("verdict").textValue())
                    .isEqualTo(report.at("/nodes/1/fault").textValue() + " (1 more below)");
            assertThat(report.at("/nodes/0/fault").isNull()).isTrue();
            assertThat(report.at("/nodes/0/answersAs").textValue()).isEqualTo("node 1");
            assertThat(report.at("/nodes/1/fault").textValue())
                    .isEqualTo("node 2 advertises " + asked + ", where another node answers (\"this is broker 1;"
                            + " ask broker 2 itself\"): start it with --advertised HOST:PORT of its own");
            assertThat(report.at("/nodes/2/fault").textValue())
                    .startsWith("node 3 advertises nowhere.invalid:" + brokers.kafkaPort(3)
                            + ", and nowhere.invalid has no address here: start it with --advertised HOST:PORT");
            assertThat(doctor(asked).out())
                    .contains("another node")
                    .contains("\n" + report.at("/nodes/2/fault").textValue());
        }
    }

    @Test
    void shouldSayWhyTheFirstAddressIsNone() throws Exception {
        int nobodys = freePort();
        assertFault("nowhere.invalid:9092", "nowhere.invalid has no address here");
        assertFault("127.0.0.1:" + nobodys, "127.0.0.1:" + nobodys + " cannot be connected to");
        assertFault(answering("HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak Kafka's protocol");
        assertFault(answering(""), "closes the connection");
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertFault("127.0.0.1:" + silent.getLocalPort(), "does not answer in time");
        }
    }

    private static void assertFault(String address, String expected) {
        CommandRun run = doctor(address, "--timeout", "1");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out().lines()).singleElement().asString().contains(expected);
    }

    /** Address of a server that says this to the first who comes, whatever it is asked. */
    private static String answering(String words) throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var unused = CompletableFuture.runAsync(() -> {
            try (server;
                    Socket client = server.accept()) {
                assertThat(client.getInputStream().read()).isNotNegative();
                client.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        return "127.0.0.1:" + server.getLocalPort();
    }
}
