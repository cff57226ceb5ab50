package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class CatchUpsTest {
    private static final RaftPeerId LEADER = RaftPeerId.valueOf("1");

    private final PartitionId first = new PartitionId(UUID.randomUUID(), "first", 0);
    private final PartitionId second = new PartitionId(UUID.randomUUID(), "second", 0);
    private final ScheduledExecutorService pool = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void stop() {
        release.countDown();
        pool.shutdownNow();
    }

    @Test
    void shouldBeUnderWayFromTheBeginningToTheEndAlsoOfThoseThatWait() {
        // given
        CatchUps copies = new CatchUps(
                (id, leader, firstIndex) -> {
                    awaitRelease();
                    throw new IOException("not copied");
                },
                pool);

        // when
        var unused = copies.begin(first, LEADER, 1);
        var unused2 = copies.begin(second, LEADER, 1);

        // then
        assertThat(copies.isUnderWay(first)).isTrue();
        assertThat(copies.isUnderWay(second)).isTrue();

        // and
        release.countDown();
        await().until(() -> !copies.isUnderWay(first) && !copies.isUnderWay(second));
    }

    private void awaitRelease() throws IOException {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
