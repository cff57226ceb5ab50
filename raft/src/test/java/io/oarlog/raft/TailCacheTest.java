package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.junit.jupiter.api.Test;

class TailCacheTest {
    private static final int BATCH_BYTES = TestAppends.batch("v").remaining();

    private final TailCache cache = new TailCache(2L * BATCH_BYTES);
    private final PartitionTail one = new PartitionTail(10);
    private final PartitionTail other = new PartitionTail(10);

    @Test
    void shouldEvictTheOldestOfAllPartitionsWhenItIsFull() {
        // when
        keep(one, 1);
        keep(other, 1);
        keep(other, 2);

        // then
        assertThat(one.cached(1)).isEmpty();
        assertThat(other.cached(1)).isPresent();
        assertThat(other.cached(2)).isPresent();
        assertThat(cache.bytes()).isEqualTo(2L * BATCH_BYTES);
    }

    @Test
    void shouldNotEvictTheEntryThatTookATruncatedOnesPlace() {
        // given: entry 1 is on disk, then truncated, and another leader's entry takes its place
        keep(one, 1);
        var unused = one.truncate(1);
        append(one, 1, "w");

        // when: the old one is pushed out
        keep(other, 1);
        keep(other, 2);

        // then
        assertThat(one.cached(1)).isPresent();
    }

    @Test
    void shouldForgetAClosedPartition() {
        // given
        keep(one, 1);
        keep(other, 1);

        // when
        cache.drop(one);

        // then
        assertThat(cache.bytes()).isEqualTo(BATCH_BYTES);
        assertThat(other.cached(1)).isPresent();
    }

    private void keep(PartitionTail tail, long index) {
        append(tail, index, "v");
        cache.keep(tail, tail.drain().entries());
    }

    private static void append(PartitionTail tail, long index, String value) {
        ByteBuffer batch = TestAppends.batch(value);
        List<EntryHeader.Batch> batches =
                List.of(EntryHeader.Batch.of(TestAppends.headers(batch).get(0)));
        tail.append(index, new EntryHeader(tail.endOffset(), batches), UnsafeByteOperations.unsafeWrap(batch))
                .come();
    }
}
