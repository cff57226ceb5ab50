package io.oarlog.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.raft.ReplicaCapacity;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrokerZnodesTest {
    @Test
    void shouldKeepTheEndpointsOfAllListeners() {
        BrokerRegistration broker = new BrokerRegistration(
                7,
                List.of(new BrokerEndpoint("inside", "10.0.0.1", 9092), new BrokerEndpoint("out_2", "::1", 9093)),
                Optional.of(new ReplicaCapacity(440, "open files")));

        // when
        ZnodeData data = BrokerZnodes.registration(broker, 5);

        // then
        assertThat(text(data))
                .contains("\"listener_security_protocol_map\":{\"inside\":\"PLAINTEXT\",\"out_2\":\"PLAINTEXT\"}")
                .contains("\"endpoints\":[\"inside://10.0.0.1:9092\",\"out_2://::1:9093\"]")
                .contains("\"host\":\"10.0.0.1\"", "\"port\":9092")
                .contains("\"replica_capacity\":440,\"scarce_resource\":\"open files\"");
        assertThat(BrokerZnodes.read("7", data)).isEqualTo(broker);
        assertThat(broker.endpoint("out_2")).contains(new BrokerEndpoint("out_2", "::1", 9093));
        assertThat(broker.endpoint("other")).isEmpty();
    }

    @Test
    void shouldGiveWhoeverReadsTheTreeAHostThatItCanUse() {
        BrokerRegistration broker = new BrokerRegistration(1, BrokerEndpoint.SAME_HOST, 9092);

        // when
        ZnodeData data = BrokerZnodes.registration(broker, 5);

        // then
        assertThat(text(data)).contains("\"PLAINTEXT://*:9092\"", "\"host\":\"127.0.0.1\"");
        BrokerEndpoint read = BrokerZnodes.read("1", data).endpoints().get(0);
        assertThat(read.hostAt("127.0.0.2")).isEqualTo("127.0.0.2");
        assertThat(new BrokerEndpoint("n", "h", 1).hostAt("127.0.0.2")).isEqualTo("h");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"endpoints\":[]}",
                "{\"endpoints\":[\"host:9092\"]}",
                "{\"endpoints\":[\"://host:9092\"]}",
                "{\"endpoints\":[\"A://:9092\"]}",
                "{\"endpoints\":[\"A://host:port\"]}",
                "{\"endpoints\":[{}]}"
            })
    void shouldRefuseWhatIsNoRegistration(String json) {
        assertThatThrownBy(() -> BrokerZnodes.read("1", ZnodeData.copyOf(json.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(MalformedZnodeException.class);
    }

    private static String text(ZnodeData data) {
        return new String(data.toArray(), StandardCharsets.UTF_8);
    }
}
