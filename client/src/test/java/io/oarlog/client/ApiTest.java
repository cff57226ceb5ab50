package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our table against Kafka's. */
class ApiTest {
    @ParameterizedTest
    @EnumSource(Api.class)
    void shouldBeAsKafkaSays(Api api) {
        ApiKeys theirs = ApiKeys.forId(api.id());
        assertThat(api.name()).isEqualTo(theirs.name());
        assertThat(api).isSameAs(Api.withId(theirs.id));
        assertThat(api.latestVersion()).isLessThanOrEqualTo(theirs.latestVersion());
        assertThat(api.newAnswer()).hasSameClassAs(theirs.messageType.newResponse());
        IntStream.rangeClosed(theirs.oldestVersion(), api.latestVersion())
                .mapToObj(version -> (short) version)
                .forEach(version -> {
                    assertThat(api.requestHeaderVersion(version)).isEqualTo(theirs.requestHeaderVersion(version));
                    assertThat(api.responseHeaderVersion(version)).isEqualTo(theirs.responseHeaderVersion(version));
                });
    }
}
