package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenerKeysTest {
    private static final String ONE_MACHINE = "1@127.0.0.1:9192,2@127.0.0.1:9193";
    private static final String TWO_MACHINES = "1@10.0.0.1:9192,2@10.0.0.2:9192";

    private static BrokerSettings parse(String nodes, @Nullable String listener, @Nullable String advertised) {
        Properties properties = new Properties();
        properties.setProperty("node.id", "2");
        properties.setProperty("cluster.nodes", nodes);
        properties.setProperty("data.dir", "/data");
        if (listener != null) {
            properties.setProperty("listener", listener);
        }
        if (advertised != null) {
            properties.setProperty("advertised.listener", advertised);
        }
        return BrokerSettings.parse(properties);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                        |                | 127.0.0.1:9092
                    10.0.0.2:9092       |                | 10.0.0.2:9092
                    0.0.0.0:9092        |                | 10.0.0.2:9092
                    0.0.0.0:9092        | kafka-2        | kafka-2:9092
                    0.0.0.0:9092        | kafka-2:19092  | kafka-2:19092
                    0.0.0.0:9092        | [::1]          | [::1]:9092
                    a=10.0.0.2:1,b=0.0.0.0:2 | b=kafka-2 | a=10.0.0.2:1,b=kafka-2:2
                    a=10.0.0.2:1, b = 0.0.0.0:2 |        | a=10.0.0.2:1,b=10.0.0.2:2
                    """)
    void shouldTellWhatClientsCanReach(@Nullable String listener, @Nullable String advertised, String told) {
        assertThat(parse(TWO_MACHINES, listener, advertised).advertisedText()).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0.0.0.0:9092     |          | *:9092
                    0.0.0.0:9092     | *        | *:9092
                    0.0.0.0:9092     | *:19092  | *:19092
                    127.0.0.2:9092   | *        | 127.0.0.2:9092
                    0.0.0.0:9092     | kafka    | kafka:9092
                    """)
    void shouldTellTheAddressThatTheClientUsedOnOneMachine(String listener, @Nullable String advertised, String told) {
        assertThat(parse(ONE_MACHINE, listener, advertised).advertisedText()).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    10.0.0.2               |                | listener: '10.0.0.2' is not HOST:PORT
                    1:2,3:4                |                | listener: each of several needs a name of its own
                    a=1:2,a=3:4            |                | listener: each of several needs a name of its own
                    a=1:2,                 |                | listener: '' is not [NAME=]HOST:PORT
                    a b=1:2                |                | listener: 'a b=1:2' is not [NAME=]HOST:PORT
                    a=1:2,b=3:4            | c=h            | advertised.listener: 'c' must be there once, and be one of the listeners [a, b]
                    a=1:2,b=3:4            | a=h,a=i        | advertised.listener: 'a' must be there once
                    a=1:2,b=3:4            | h              | advertised.listener: 'PLAINTEXT' must be there once
                    0.0.0.0:9092           | 0.0.0.0:9092   | advertised.listener: no client can reach 0.0.0.0
                    0.0.0.0:9092           | h:             | advertised.listener: 'h:' is not [NAME=]HOST[:PORT]
                    0.0.0.0:9092           | h:x            | advertised.listener: 'h:x' is not [NAME=]HOST[:PORT]
                    0.0.0.0:9092           | fe80::1        | advertised.listener: 'fe80::1' is not [NAME=]HOST[:PORT]
                    0.0.0.0:9092           | h:99999        | advertised.listener: 'h:99999' is not HOST:PORT
                    0.0.0.0:9092           | *              | but cluster.nodes has [10.0.0.1, 10.0.0.2]
                    """)
    void shouldSayWhatIsWrong(String listener, @Nullable String advertised, String message) {
        assertThatThrownBy(() -> parse(TWO_MACHINES, listener, advertised))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void shouldShowThemAsTheyAreWritten() {
        assertThat(parse(TWO_MACHINES, "a=10.0.0.2:1,b=0.0.0.0:2", "b=kafka-2").describe())
                .containsEntry("listener", "a=10.0.0.2:1,b=0.0.0.0:2")
                .containsEntry("advertised.listener", "a=10.0.0.2:1,b=kafka-2:2");
    }
}
