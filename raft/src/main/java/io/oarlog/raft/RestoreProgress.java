package io.oarlog.raft;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells how far a node is with opening the partitions that it found: at most a line a second, and one at the end. Thread-safe:
 * partitions are opened in parallel.
 */
final class RestoreProgress {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

    private final int partitions;
    private final LongSupplier nanoTime;
    private final Consumer<String> lines;
    private final long startNanos;
    // All guarded by this.
    private long lastLineNanos;
    private int opened;
    private int failed;
    private long scannedBytes;

    /**
     * Begins now.
     *
     * @param partitions that will be opened
     * @param lines takes what is told
     */
    RestoreProgress(int partitions, LongSupplier nanoTime, Consumer<String> lines) {
        this.partitions = partitions;
        this.nanoTime = nanoTime;
        this.lines = lines;
        this.startNanos = nanoTime.getAsLong();
        this.lastLineNanos = startNanos;
    }

    /** One more is open. */
    synchronized void onOpened(long bytesScanned) {
        opened++;
        scannedBytes += bytesScanned;
        tellOnInterval();
    }

    /** One more will not be served. */
    synchronized void onFailed() {
        failed++;
        tellOnInterval();
    }

    private void tellOnInterval() {
        long now = nanoTime.getAsLong();
        if (now - lastLineNanos >= INTERVAL_NANOS && opened + failed < partitions) {
            lastLineNanos = now;
            lines.accept(state());
        }
    }

    /** All are done; nothing is told of none. */
    synchronized void onEnd() {
        if (partitions > 0) {
            double seconds = (nanoTime.getAsLong() - startNanos) / 1e9;
            lines.accept(state() + String.format(Locale.ROOT, " in %.1f s", seconds));
        }
    }

    private String state() {
        return "opened " + opened + " of " + partitions + " partitions"
                + (failed == 0 ? "" : " (" + failed + " damaged)") + ", scanned " + amount(scannedBytes);
    }

    private static String amount(long bytes) {
        int unit = 0;
        double amount = bytes;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
    }
}
