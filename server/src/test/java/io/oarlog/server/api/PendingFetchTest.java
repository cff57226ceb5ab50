package io.oarlog.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import io.oarlog.log.SegmentedLog;
import io.oarlog.log.TestBatches;
import io.oarlog.metadata.Topic;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of a fetch, the files that it holds are let go of. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PendingFetchTest {
    private static final int BATCHES = 400;
    private static final int ALL = 1 << 20;

    private final OneNodeMetadata metadata = new OneNodeMetadata();
    private final Topic topic = metadata.create("fetched");
    private final SimulatedLog log = new SimulatedLog(topic.id(), topic.name(), 0, 0, BATCHES);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    /** Attempts that are due; the test runs them. */
    private final Queue<Runnable> attempts = new ArrayDeque<>();

    private final OpenFiles openFiles = new OpenFiles(1);
    private SegmentedLog segments;

    @TempDir
    private Path directory;

    @BeforeEach
    void write() {
        segments = SegmentedLog.open(Disk.system(), directory, new LogSettings(ALL, Long.MAX_VALUE, 4096), openFiles);
        for (int i = 0; i < BATCHES; i++) {
            ByteBuffer batch = TestBatches.at(i).timestamps(1).build();
            segments.append(List.of(batch), List.of(BatchHeader.read(batch, 0)));
        }
        log.keptIn((offset, minBytes, maxBytes) -> segments.region(offset, minBytes, maxBytes, BATCHES));
    }

    @AfterEach
    void stop() {
        metadata.close();
        timer.shutdownNow();
    }

    private PartitionFetch partition() {
        ClusterState cluster = new ClusterState(metadata.metadata(), (topicId, partition) -> Optional.of(log));
        FetchPartition request = new FetchPartition().setFetchOffset(0).setPartitionMaxBytes(ALL);
        return new PartitionFetch(cluster, Optional.of(topic), false, request);
    }

    private PendingFetch fetch(int minBytes, PartitionFetch... partitions) {
        return new PendingFetch(
                List.of(partitions), new PendingFetch.Limits(minBytes, ALL, Duration.ofHours(1)), attempts::add);
    }

    private void runAttempts() {
        for (Runnable attempt = attempts.poll(); attempt != null; attempt = attempts.poll()) {
            attempt.run();
        }
    }

    private int filesInUse() {
        // Closes what nobody holds.
        segments.close();
        return openFiles.count();
    }

    @Test
    void shouldHandOverTheFilesWithTheAnswer() {
        // given
        PartitionFetch partition = partition();
        CompletableFuture<List<PartitionFetch>> answer = fetch(1, partition).start(new DelayedFetches(timer));

        // when
        runAttempts();

        // then
        assertThat(answer.join()).containsExactly(partition);
        assertThat(filesInUse()).isEqualTo(1);
        partition.records().close();
        assertThat(openFiles.count()).isZero();
    }

    @Test
    void shouldLetGoWhenItIsCancelledWhileItWaits() {
        // given
        PendingFetch fetch = fetch(ALL, partition());
        CompletableFuture<List<PartitionFetch>> answer = fetch.start(new DelayedFetches(timer));
        runAttempts();
        assertThat(answer).isNotDone();

        // when
        fetch.cancel();
        runAttempts();

        // then
        assertThat(answer).isCancelled();
        assertThat(filesInUse()).isZero();
    }

    @Test
    void shouldLetGoWhenItIsCancelledDuringAnAttempt() {
        // given
        PendingFetch[] fetch = new PendingFetch[1];
        log.keptIn((offset, minBytes, maxBytes) -> {
            fetch[0].cancel();
            return segments.region(offset, minBytes, maxBytes, BATCHES);
        });
        fetch[0] = fetch(1, partition());
        CompletableFuture<List<PartitionFetch>> answer = fetch[0].start(new DelayedFetches(timer));

        // when
        runAttempts();

        // then
        assertThat(answer).isCancelled();
        assertThat(filesInUse()).isZero();
    }

    @Test
    void shouldLetGoWhenAnotherPartitionFails() {
        // given: the second one to be read
        Queue<Boolean> fails = new ArrayDeque<>(List.of(false, true));
        log.keptIn((offset, minBytes, maxBytes) -> {
            if (fails.remove()) {
                throw new IllegalStateException("a bug");
            }
            return segments.region(offset, minBytes, maxBytes, BATCHES);
        });
        CompletableFuture<List<PartitionFetch>> answer =
                fetch(1, partition(), partition()).start(new DelayedFetches(timer));

        // when
        runAttempts();

        // then
        assertThatThrownBy(answer::join).hasRootCauseMessage("a bug");
        assertThat(filesInUse()).isZero();
    }
}
