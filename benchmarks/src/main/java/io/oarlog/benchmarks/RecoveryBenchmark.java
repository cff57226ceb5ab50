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
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
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
 * Opens a log whose process was killed: its last segment is scanned and every checksum verified. Beside it the segment's
 * file is read once into a direct buffer. All of it is in the page cache; both use one thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 5)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls write first
public class RecoveryBenchmark {
    private static final int LOG_BYTES = 256 << 20;
    private static final int CHUNK_BYTES = 256 << 10;
    private static final LogSettings SETTINGS = LogSettings.defaults();

    @Param({"1024", "16384"})
    int batchBytes;

    @Param("" + LOG_BYTES)
    int logBytes;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private ScratchDirectory directory;
    private SegmentedLog live;
    private @Nullable SegmentedLog opened;

    static List<Comparison> comparisons() {
        return Stream.of(1 << 10, 16 << 10)
                .map(bytes -> new Comparison(
                        "recovery scan, batches of " + (bytes >> 10) + " KiB",
                        RecoveryBenchmark.class,
                        Map.of("batchBytes", String.valueOf(bytes)),
                        LOG_BYTES,
                        Target.megabytesPerSecondOf(500)))
                .toList();
    }

    @Setup
    public void write() throws IOException {
        directory = ScratchDirectory.create();
        live = SegmentedLog.open(Disk.system(), directory.resolve("live"), SETTINGS);
        SampleBatch.ofBytes(batchBytes).fill(live, logBytes);
    }

    @Setup(Level.Invocation)
    public void kill() throws IOException {
        SegmentFiles.linkAll(directory.resolve("live"), directory.resolve("killed"));
    }

    @TearDown(Level.Invocation)
    public void deleteKilled() throws IOException {
        SegmentedLog log = opened;
        if (log != null) {
            opened = null;
            log.close();
            long scanned = log.recovery().bytesScanned();
            if (scanned != logBytes) {
                throw new IllegalStateException("scanned " + scanned + " bytes of " + logBytes);
            }
        }
        Disk.system().deleteRecursively(directory.resolve("killed"));
    }

    @TearDown
    public void delete() throws IOException {
        live.close();
        directory.close();
    }

    @Benchmark
    public SegmentedLog log() {
        SegmentedLog log = SegmentedLog.open(Disk.system(), directory.resolve("killed"), SETTINGS);
        opened = log;
        return log;
    }

    @Benchmark
    public int plain() throws IOException {
        int chunks = 0;
        try (FileChannel file =
                FileChannel.open(SegmentFiles.of(directory.resolve("killed")).get(0))) {
            while (file.read(buffer.clear()) > 0) {
                chunks++;
            }
        }
        return chunks;
    }
}
