package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
 * Appends one batch, and makes it durable or not, beside writing the same bytes to the end of a file.
 *
 * <p>Iterations are short and begin with empty files: what one of them writes without an fsync is gone again before the
 * kernel begins to write it back.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets parameters and calls open first
public class AppendBenchmark {
    /** One segment takes it all: sealing one is an fsync, which the plain write has not. */
    private static final LogSettings SETTINGS = LogSettings.defaults().withSegmentBytes(Integer.MAX_VALUE);

    @Param({"16384", "131072", "1048576"})
    int batchBytes;

    @Param({"false", "true"})
    boolean fsync;

    private ScratchDirectory directory;
    private SampleBatch batch;
    private SegmentedLog log;
    private FileChannel file;

    static List<Comparison> comparisons() {
        List<Comparison> comparisons = new ArrayList<>();
        for (boolean fsync : new boolean[] {false, true}) {
            for (int bytes : new int[] {16 << 10, 128 << 10, 1 << 20}) {
                comparisons.add(new Comparison(
                        "append, batch of " + (bytes >> 10) + " KiB" + (fsync ? ", fsync each" : ""),
                        AppendBenchmark.class,
                        Map.of("batchBytes", String.valueOf(bytes), "fsync", String.valueOf(fsync)),
                        bytes,
                        fsync ? Target.NONE : Target.ratioOf(0.8)));
            }
        }
        return comparisons;
    }

    @Setup(Level.Iteration)
    public void open() throws IOException {
        directory = ScratchDirectory.create();
        batch = SampleBatch.ofBytes(batchBytes);
        log = SegmentedLog.open(Disk.system(), directory.resolve("log"), SETTINGS);
        file = FileChannel.open(directory.resolve("file"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @TearDown(Level.Iteration)
    public void delete() throws IOException {
        log.close();
        file.close();
        directory.close();
    }

    @Benchmark
    public long log() {
        batch.appendTo(log);
        if (fsync) {
            log.flush();
        }
        return log.endOffset();
    }

    @Benchmark
    public long plain() throws IOException {
        ByteBuffer bytes = batch.bytes();
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        if (fsync) {
            file.force(false);
        }
        return file.position();
    }
}
