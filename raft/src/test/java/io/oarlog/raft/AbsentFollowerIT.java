package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a leader does while a follower is away. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AbsentFollowerIT {
    private static final int PARTITIONS = 8;
    private static final Duration WATCHED = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    /** Processor time, not the clock's: other tests run beside this one. */
    @Test
    void shouldNotKeepTheProcessorBusy() throws Exception {
        try (ThreeNodes nodes = new ThreeNodes(directory, node -> Disk.system(), LogSettings.defaults())) {
            // given
            for (int i = 0; i < PARTITIONS; i++) {
                PartitionId id = nodes.create("topic-" + i);
                nodes.awaitLeader(id);
            }

            // when
            nodes.stop(2);
            long before = appendersNanos();
            assertThat(before).as("Ratis calls these threads so").isPositive();
            long from = System.nanoTime();
            await().pollDelay(WATCHED).atMost(ThreeNodes.LIMIT).until(() -> true);

            // then
            long busy = appendersNanos() - before;
            assertThat((double) busy / (System.nanoTime() - from)).isLessThan(0.2);
        }
    }

    private static long appendersNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().contains("LogAppenderDaemon")) {
                nanos += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return nanos;
    }
}
