package io.oarlog.benchmarks;

import java.util.Locale;

/**
 * What was measured for one comparison: medians. Immutable.
 *
 * @param logMicros of one operation on the log
 * @param plainMicros of the plain I/O of the same bytes
 * @param bytes that either moved
 */
record Figures(double logMicros, double plainMicros, long bytes) {
    /** The log's part of the plain I/O's speed. */
    double ratio() {
        return plainMicros / logMicros;
    }

    /** In millions of bytes. */
    double logMegabytesPerSecond() {
        return bytes / logMicros;
    }

    double plainMegabytesPerSecond() {
        return bytes / plainMicros;
    }

    /** Three digits at least. */
    static String format(double number) {
        String pattern = number >= 100 ? "%,.0f" : number >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, pattern, number);
    }
}
