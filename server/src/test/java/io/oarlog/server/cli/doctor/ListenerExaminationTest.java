package io.oarlog.server.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Verdicts on networks that a test cannot make of one machine. */
class ListenerExaminationTest {
    private static final String CLUSTER = "the-cluster";

    /** Names, and who answers at which address; nobody does at others. */
    private final Map<String, List<String>> names = new HashMap<>();

    private final Map<String, BrokerAnswer> answers = new HashMap<>();

    private final Network network = new Network() {
        @Override
        public List<InetAddress> resolve(String host) throws UnknownHostException {
            if (host.matches("[0-9.]+")) {
                return List.of(InetAddress.getByName(host));
            }
            List<InetAddress> addresses = new java.util.ArrayList<>();
            for (String address : names.getOrDefault(host, List.of())) {
                addresses.add(InetAddress.getByName(address));
            }
            if (addresses.isEmpty()) {
                throw new UnknownHostException(host);
            }
            return addresses;
        }

        @Override
        public BrokerAnswer ask(InetSocketAddress address, OptionalInt node) throws IOException {
            String host = address.getAddress().getHostAddress();
            BrokerAnswer answer = answers.get(host + ":" + address.getPort());
            if (host.startsWith("192.")) {
                throw new SocketTimeoutException("timed out");
            } else if (answer == null) {
                throw new ConnectException("Connection refused");
            }
            return answer;
        }
    };

    private ListenersReport examine(String host) {
        return new ListenerExamination(network).examine(host, 9092);
    }

    private static BrokerAnswer answer(String clusterId, int hiddenLeaders, @Nullable String denial, Node... brokers) {
        SortedSet<Integer> nodes = new TreeSet<>(List.of(1, 2));
        return new BrokerAnswer(clusterId, List.of(brokers), hiddenLeaders, denial, nodes);
    }

    private void answers(String address, Node... brokers) {
        answers.put(address, answer(CLUSTER, 0, null, brokers));
    }

    @Test
    void shouldKnowTheAddressThatEachClientHasOfItself() {
        // given: the second is at home, where the doctor runs
        names.put("localhost", List.of("127.0.0.1"));
        Node[] told = {new Node(1, "10.0.0.1", 9092), new Node(2, "localhost", 9092)};
        answers("10.0.0.1:9092", told);
        answers("127.0.0.1:9092", told);

        // when
        ListenersReport report = examine("10.0.0.1");

        // then
        assertThat(report.works()).isFalse();
        assertThat(report.verdict())
                .isEqualTo(
                        "node 2 advertises localhost:9092, which is this machine itself, and each client's own: start it"
                                + " with --advertised HOST:PORT that clients can reach");
    }

    @Test
    void shouldTakeItForGoodWhenTheClientCameThatWay() {
        names.put("localhost", List.of("127.0.0.1"));
        answers("127.0.0.1:9092", new Node(1, "localhost", 9092));
        assertThat(examine("127.0.0.1").works()).isTrue();
    }

    @Test
    void shouldNameTheFirewall() {
        answers("10.0.0.1:9092", new Node(1, "10.0.0.1", 9092), new Node(2, "192.168.0.2", 9092));

        // when
        ListenersReport report = examine("10.0.0.1");

        // then
        assertThat(report.nodes().get(1).connects()).isEqualTo("no answer");
        assertThat(report.verdict())
                .isEqualTo(
                        "node 2 advertises 192.168.0.2:9092, but 192.168.0.2:9092 does not answer in time: is there a"
                                + " firewall on the way, or another machine at that address? Else start it with --advertised"
                                + " HOST:PORT");
    }

    @Test
    void shouldTryAllAddressesOfAName() {
        names.put("kafka", List.of("10.0.0.9", "10.0.0.1"));
        answers("10.0.0.1:9092", new Node(1, "kafka", 9092));
        ListenersReport report = examine("kafka");
        assertThat(report.works()).isTrue();
        assertThat(report.address()).isEqualTo("10.0.0.1");
        assertThat(report.nodes().get(0).addresses()).containsExactly("10.0.0.9", "10.0.0.1");
    }

    @Test
    void shouldNotTakeAnotherClusterForTheNode() {
        answers("10.0.0.1:9092", new Node(1, "10.0.0.1", 9092), new Node(2, "10.0.0.2", 9092));
        answers.put("10.0.0.2:9092", answer("another", 0, null, new Node(2, "10.0.0.2", 9092)));
        ListenersReport report = examine("10.0.0.1");
        assertThat(report.works()).isFalse();
        assertThat(report.verdict()).contains("where cluster another answers and not the-cluster");
        assertThat(report.nodes().get(1).answersAs()).isEqualTo("cluster another");
    }

    @Test
    void shouldNameLeadersThatCannotBeTold() {
        answers.put("10.0.0.1:9092", answer(CLUSTER, 4, null, new Node(1, "10.0.0.1", 9092)));
        ListenersReport report = examine("10.0.0.1");
        assertThat(report.works()).isFalse();
        assertThat(report.verdict())
                .isEqualTo(
                        "4 partitions are led by nodes without the listener that 10.0.0.1:9092 belongs to: start node 2"
                                + " with a --listener of the same name");
    }

    @Test
    void shouldSayThatABrokerIsAlone() {
        answers("10.0.0.1:9092");
        assertThat(examine("10.0.0.1").verdict()).startsWith("10.0.0.1:9092 knows of no broker");
    }
}
