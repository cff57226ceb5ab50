package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
 * Reads a log front to back in fetches of 1 MiB, beside reading its file with the same steps into one direct buffer. All of
 * it is in the page cache.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls write first
public class ReadBenchmark {
    private static final int FETCH_BYTES = 1 << 20;

    @Param({"1024", "16384"})
    int batchBytes;

    /** A multiple of a fetch's. */
    @Param("268435456")
    int logBytes;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(FETCH_BYTES);
    private ScratchDirectory directory;
    private SegmentedLog log;
    private FileChannel file;
    private long nextOffset;
    private long nextPosition;

    static List<Comparison> comparisons() {
        return Stream.of(1 << 10, 16 << 10)
                .map(bytes -> new Comparison(
                        "sequential read, batches of " + (bytes >> 10) + " KiB",
                        ReadBenchmark.class,
                        Map.of("batchBytes", String.valueOf(bytes)),
                        FETCH_BYTES,
                        Target.NONE))
                .toList();
    }

    @Setup
    public void write() throws IOException {
        directory = ScratchDirectory.create();
        log = SegmentedLog.open(
                Disk.system(), directory.path(), LogSettings.defaults().withSegmentBytes(logBytes));
        SampleBatch.ofBytes(batchBytes).fill(log, logBytes);
        file = FileChannel.open(SegmentFiles.of(directory.path()).get(0));
    }

    @TearDown
    public void delete() throws IOException {
        log.close();
        file.close();
        directory.close();
    }

    @Benchmark
    public ByteBuffer log() {
        if (nextOffset == log.endOffset()) {
            nextOffset = 0;
        }
        ByteBuffer batches = log.read(nextOffset, FETCH_BYTES, Long.MAX_VALUE);
        nextOffset += batches.remaining() / batchBytes;
        return batches;
    }

    @Benchmark
    public ByteBuffer plain() throws IOException {
        if (nextPosition == logBytes) {
            nextPosition = 0;
        }
        buffer.clear();
        while (buffer.hasRemaining()) {
            file.read(buffer, nextPosition + buffer.position());
        }
        nextPosition += FETCH_BYTES;
        return buffer;
    }
}
