package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplicaCapacityTest {
    @Test
    void shouldBeLessWhenEachReplicaTakesMore() {
        RaftSettings larger = RaftSettings.defaults().withMaxAppendBytes(64 * RaftSettings.DEFAULT_MAX_APPEND_BYTES);

        // when
        ReplicaCapacity capacity = ReplicaCapacity.ofThisProcess(RaftSettings.defaults(), 100);

        // then
        assertThat(capacity.replicas()).isGreaterThan(50).isLessThan(100_000);
        ReplicaCapacity ofLarger = ReplicaCapacity.ofThisProcess(larger, 100);
        assertThat(ofLarger.replicas()).isLessThan(capacity.replicas());
        assertThat(ofLarger.scarce()).contains("direct memory", "-XX:MaxDirectMemorySize");
    }

    @Test
    void shouldBeNothingWhenAllIsTaken() {
        ReplicaCapacity none = ReplicaCapacity.ofThisProcess(RaftSettings.defaults(), Integer.MAX_VALUE);
        assertThat(none.replicas()).isZero();
        assertThat(none.scarce()).contains("open files", "ulimit -n");
    }
}
