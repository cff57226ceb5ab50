package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AclTest {
    @ParameterizedTest
    @CsvSource({
        "10.1.2.3,           10.1.2.3,     true",
        "10.1.2.3,           10.1.2.4,     false",
        "10.0.0.0/8,         10.255.0.1,   true",
        "10.0.0.0/8,         11.0.0.1,     false",
        "10.0.0.128/25,      10.0.0.129,   true",
        "10.0.0.128/25,      10.0.0.127,   false",
        "1.2.3.4/0,          9.9.9.9,      true",
        "10.0.0.0/33,        10.0.0.0,     false",
        "10.0.0.0/-1,        10.0.0.0,     false",
        "10.0.0,             10.0.0.0,     false",
        "::1,                ::1,          true",
        "::1,                0:0:0:0:0:0:0:1, true",
        "::1,                127.0.0.1,    false",
        "fe80::/10,          fe80:0:0:0:1:2:3:4%eth0, true",
        "2001:db8::/32,      2001:db8:1:2:3:4:5:6, true",
        "2001:db8::/32,      2001:db9::1,  false",
        "1:2:3:4:5:6:7:8:9,  1:2:3:4:5:6:7:8, false",
        "1::2::3,            1:0:0:2:0:0:0:3, false",
        "nonsense,           nonsense,     false"
    })
    void shouldMatchAddressesByTheirFirstBits(String listed, String client, boolean isMeant) {
        List<Acl> acl = List.of(new Acl(Acl.READ, new Identity("ip", listed)));

        assertThat(Acl.allows(acl, List.of(new Identity("ip", client)), Acl.READ))
                .isEqualTo(isMeant);
    }

    @Test
    void shouldAllowWhatOneEntryAllowsToOneIdentity() {
        // given
        Identity ann = new Identity("digest", "ann:1");
        List<Acl> acl = List.of(new Acl(Acl.READ, Identity.ANYONE), new Acl(Acl.WRITE | Acl.ADMIN, ann));

        // when, then
        assertThat(Acl.allows(acl, List.of(), Acl.READ)).isTrue();
        assertThat(Acl.allows(acl, List.of(), Acl.WRITE)).isFalse();
        assertThat(Acl.allows(acl, List.of(new Identity("ip", "::1"), ann), Acl.ADMIN))
                .isTrue();
        assertThat(Acl.allows(acl, List.of(ann), Acl.DELETE)).isFalse();
        assertThat(Acl.allows(acl, List.of(new Identity("other", "ann:1")), Acl.WRITE))
                .isFalse();
    }

    @Test
    void shouldKnowWhichIdentitiesAreWellFormed() {
        assertThat(List.of(
                        Identity.ANYONE,
                        new Identity("ip", "10.0.0.0/8"),
                        new Identity("ip", "::1"),
                        new Identity("digest", "ann:hash=")))
                .allMatch(Identity::isValid);
        assertThat(List.of(
                        new Identity("world", "somebody"),
                        new Identity("ip", "10.0.0"),
                        new Identity("ip", "10.0.0.256"),
                        new Identity("digest", "ann"),
                        new Identity("digest", "a:b:c"),
                        new Identity("sasl", "ann")))
                .noneMatch(Identity::isValid);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/brokers", "/brokers/ids/1", "/config/topics", "/cluster", "/latest_producer_id_block"})
    void shouldGuardWhatIsTheBrokers(String path) {
        assertThat(GuardedPaths.contains(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/brokersx",
                "/x/brokers",
                "/consumers",
                "/consumers/group",
                "/configs",
                "/config0000000001",
                "/zookeeper/quota/a"
            })
    void shouldNotGuardWhatIsTheUsers(String path) {
        assertThat(GuardedPaths.contains(path)).isFalse();
    }
}
