package io.oarlog.chaos.report;

import java.util.Locale;

/** Figures as a report shows them. */
final class Figures {
    private Figures() {}

    /** {@code 12.3 s}. */
    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    /** {@code 12.345 s}. */
    static String exactSeconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    /** {@code 12.3}: milliseconds without their unit, as columns have it. */
    static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / 1e6);
    }

    /** {@code 12,345}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 1 fault}, {@code 2 faults}. */
    static String count(long count, String thing) {
        return count(count) + " " + thing + (count == 1 ? "" : "s");
    }
}
