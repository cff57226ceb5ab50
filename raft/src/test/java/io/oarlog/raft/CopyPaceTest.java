package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CopyPaceTest {
    private static final RecordsRequest REQUEST = new RecordsRequest(0, 10);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // the clock may overflow at any time

    private CopyPace pace(long bytesPerSecond) {
        return new CopyPace(bytesPerSecond, nanos::get, nanos::addAndGet);
    }

    private static PartitionCopy.Source source(int bytes) {
        return request -> new StoredRecords(1, false, ByteBuffer.allocate(bytes));
    }

    private Duration passed(long since) {
        return Duration.ofNanos(nanos.get() - since);
    }

    @Test
    void shouldTakeTheTimeThatAllBytesNeed() throws IOException {
        // given
        CopyPace pace = pace(1_000);
        long begun = nanos.get();
        PartitionCopy.Source one = pace.slow(source(500), () -> false);
        PartitionCopy.Source other = pace.slow(source(250), () -> false);

        // when
        one.read(REQUEST);
        other.read(REQUEST);
        one.read(REQUEST);

        // then
        assertThat(passed(begun)).isEqualTo(Duration.ofMillis(1_250));
    }

    @Test
    void shouldNotMakeUpForTimeInWhichNothingWasCopied() throws IOException {
        // given
        CopyPace pace = pace(1_000);
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        long begun = nanos.get();

        // when
        pace.slow(source(500), () -> false).read(REQUEST);

        // then
        assertThat(passed(begun)).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void shouldNotWaitWhereThereIsNoBound() throws IOException {
        // given
        long begun = nanos.get();

        // when
        pace(RaftSettings.UNLIMITED).slow(source(1 << 30), () -> false).read(REQUEST);

        // then
        assertThat(nanos.get()).isEqualTo(begun);
    }

    @Test
    void shouldEndSoonWhenTheCopyIsCancelled() {
        // given: a minute to wait
        long begun = nanos.get();
        PartitionCopy.Source slow =
                pace(1_000).slow(source(60_000), () -> passed(begun).toMillis() >= 1_000);

        // when
        assertThatThrownBy(() -> slow.read(REQUEST)).isInstanceOf(CancellationException.class);

        // then
        assertThat(passed(begun)).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1_100));
    }
}
