package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.SharedMetricRegistries;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
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
    private static final int STUCK = 3;
    private static final int ENTRIES = 1_000;
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

    /** Counted for all groups, over a time in which each follower may be sent its heartbeats as usual. */
    @Test
    void shouldSendNoHeartbeatForEachEntryToAFollowerThatDoesNotAnswer() throws Exception {
        GatedDisk stuck = new GatedDisk(path -> path.toString().endsWith(".log"));
        try (ThreeNodes nodes =
                new ThreeNodes(directory, node -> node == STUCK ? stuck : Disk.system(), LogSettings.defaults())) {
            // given
            PartitionId id = nodes.create("orders");
            await().atMost(ThreeNodes.LIMIT).until(() -> nodes.awaitLeader(id) != STUCK);
            ReplicatedLog log = nodes.log(nodes.awaitLeader(id), id);
            stuck.close();
            append(log);
            await().atMost(ThreeNodes.LIMIT).until(stuck::isWaited);

            // when
            long before = heartbeats();
            assertThat(before).as("Ratis calls this counter so").isPositive();
            long from = System.nanoTime();
            for (int entry = 0; entry < ENTRIES; entry++) {
                append(log);
            }
            long sent = heartbeats() - before;
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
            stuck.open();

            // then: each of the two followers of both groups is sent one in 100 ms at most
            assertThat(sent).isLessThan(20 + 4 * millis / 100);
        }
    }

    private static void append(ReplicatedLog log) throws Exception {
        ByteBuffer batch = TestAppends.batch("value", -1, 0, 0);
        log.append(batch, TestAppends.headers(batch)).get(60, TimeUnit.SECONDS);
    }

    private static long heartbeats() {
        return SharedMetricRegistries.getOrCreate(RatisMetricsBridge.REGISTRY)
                .counter("ratis_grpc.log_appender.num_requests_heartbeat")
                .getCount();
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
