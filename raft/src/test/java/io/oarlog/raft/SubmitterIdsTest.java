package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.ratis.protocol.ClientId;
import org.junit.jupiter.api.Test;

class SubmitterIdsTest {
    @Test
    void shouldNameTheNodeAndBeUnlikeAllOthers() {
        ClientId first = SubmitterIds.newId(2_000_000_000);
        ClientId second = SubmitterIds.newId(2_000_000_000);

        assertThat(first).isNotEqualTo(second);
        assertThat(SubmitterIds.nodeOf(first)).isEqualTo(2_000_000_000);
        assertThat(SubmitterIds.nodeOf(ClientId.valueOf(second.toByteString()))).isEqualTo(2_000_000_000);
    }
}
