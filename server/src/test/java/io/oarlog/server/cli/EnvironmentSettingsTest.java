package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.server.BrokerSettings;
import io.oarlog.server.InvalidSettingException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class EnvironmentSettingsTest {
    private static final Map<String, String> NEEDED = Map.of(
            "OARLOG_NODE_ID", "2",
            "OARLOG_CLUSTER_NODES", "1@node-1:9192,2@node-2:9192",
            "OARLOG_DATA_DIR", "/var/lib/oarlog");

    @Test
    void shouldTakeVariablesForKeys() {
        assertThat(EnvironmentSettings.of(with("OARLOG_ELECTION_TIMEOUT_MAX_MS", "900")))
                .isEqualTo(Map.of(
                        "node.id", "2",
                        "cluster.nodes", "1@node-1:9192,2@node-2:9192",
                        "data.dir", "/var/lib/oarlog",
                        "election.timeout.max.ms", "900"));
    }

    @Test
    void shouldReachEverySetting() {
        // given: all keys, those of ZooKeeper clients too
        Map<String, String> given = with("OARLOG_ZOOKEEPER_LISTENER", "0.0.0.0:2181");
        given.put("OARLOG_ZOOKEEPER_SUPER_DIGEST", "root:hash=");
        Map<String, String> settings =
                BrokerSettings.parse(properties(EnvironmentSettings.of(given))).describe();
        Map<String, String> environment = new HashMap<>();
        settings.forEach((key, value) ->
                environment.put("OARLOG_" + key.toUpperCase(Locale.ROOT).replace('.', '_'), value));

        // when, then
        assertThat(EnvironmentSettings.of(environment)).isEqualTo(settings);
    }

    @Test
    void shouldLeaveAloneWhatIsNoSetting() {
        Map<String, String> environment = new HashMap<>(Map.of("PATH", "/bin", "NODE_ID", "3", "OARLOG_LISTENER", ""));
        environment.put("OARLOG_BOOTSTRAP", "127.0.0.1:9092");
        environment.put("OARLOG_PROFILE", "prod");
        environment.put("OARLOG_PROFILES", "/etc/profiles");
        environment.put("OARLOG_JAVA_OPTIONS", "-Xmx1g");
        // Kubernetes: of the services oarlog and oarlog-clients
        environment.put("OARLOG_PORT", "tcp://10.0.0.1:9092");
        environment.put("OARLOG_PORT_9092_TCP", "tcp://10.0.0.1:9092");
        environment.put("OARLOG_PORT_9092_TCP_ADDR", "10.0.0.1");
        environment.put("OARLOG_SERVICE_HOST", "10.0.0.1");
        environment.put("OARLOG_SERVICE_PORT_KAFKA", "9092");
        environment.put("OARLOG_CLIENTS_SERVICE_PORT", "9092");

        assertThat(EnvironmentSettings.of(environment)).isEmpty();
    }

    @Test
    void shouldNotPassOverATypingError() {
        Map<String, String> settings = EnvironmentSettings.of(with("OARLOG_NUM_PARTITION", "3"));

        assertThatThrownBy(() -> BrokerSettings.parse(properties(settings)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("num.partition: unknown");
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put(name, value);
        return environment;
    }

    private static Properties properties(Map<String, String> settings) {
        Properties properties = new Properties();
        properties.putAll(settings);
        return properties;
    }
}
