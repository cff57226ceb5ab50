package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finds a random offset in a log of many segments and reads its batch of 1 KiB, beside reading the same bytes at a position
 * that is known. Indexes are in memory, segments in the page cache.
 *
 * <p>The log reads along what lies between the index entry and the batch, one index interval at most.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls write first
public class LookupBenchmark {
    private static final int BATCH_BYTES = 1 << 10;

    /** A multiple of a batch's. */
    @Param("4194304")
    int segmentBytes;

    @Param("64")
    int segments;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BATCH_BYTES);
    private final SplittableRandom random = new SplittableRandom(42);
    private final List<FileChannel> files = new ArrayList<>();
    private ScratchDirectory directory;
    private SegmentedLog log;

    static List<Comparison> comparisons() {
        return List.of(new Comparison(
                "lookup of a random offset", LookupBenchmark.class, Map.of(), BATCH_BYTES, Target.microsOf(2)));
    }

    @Setup
    public void write() throws IOException {
        directory = ScratchDirectory.create();
        log = SegmentedLog.open(
                Disk.system(), directory.path(), LogSettings.defaults().withSegmentBytes(segmentBytes));
        SampleBatch.ofBytes(BATCH_BYTES).fill(log, (long) segments * segmentBytes);
        for (Path file : SegmentFiles.of(directory.path())) {
            files.add(FileChannel.open(file));
        }
    }

    @TearDown
    public void delete() throws IOException {
        log.close();
        for (FileChannel file : files) {
            file.close();
        }
        files.clear();
        directory.close();
    }

    @Benchmark
    public ByteBuffer log() {
        return log.read(random.nextLong(log.endOffset()), 1, Long.MAX_VALUE);
    }

    @Benchmark
    public ByteBuffer plain() throws IOException {
        long position = random.nextLong(log.endOffset()) * BATCH_BYTES;
        FileChannel file = files.get((int) (position / segmentBytes));
        buffer.clear();
        while (buffer.hasRemaining()) {
            file.read(buffer, position % segmentBytes + buffer.position());
        }
        return buffer;
    }
}
