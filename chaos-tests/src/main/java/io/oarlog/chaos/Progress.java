package io.oarlog.chaos;

import io.oarlog.chaos.workload.Status;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tells how a run goes, as it goes: on a terminal one line that is kept up to date under what happened, elsewhere a line every
 * ten seconds. Thread-safe.
 */
final class Progress {
    private static final int SECONDS_BETWEEN_LINES = 10;

    private final PrintWriter out; // guarded by this
    private final long seconds;
    private final boolean isTerminal = Boolean.getBoolean("oarlog.terminal");
    private final long beginNanos = System.nanoTime();
    private final List<String> open = new ArrayList<>(); // guarded by this
    private int statuses; // guarded by this

    /** @param seconds that the workload runs */
    Progress(PrintWriter out, long seconds) {
        this.out = out;
        this.seconds = seconds;
    }

    synchronized void begins(String text) {
        open.add(text);
        line("begin  " + text);
    }

    synchronized void ends(String text) {
        open.remove(text);
        line("end    " + text);
    }

    synchronized void note(String text) {
        line(text);
    }

    synchronized void status(Status status) {
        String text = String.format(
                Locale.ROOT,
                "%s of %d s: %4d sends/s, p50 %.1f ms, p99 %.1f ms, %d unknown, %d refused, %d records read%s",
                elapsed(),
                seconds,
                status.ok(),
                status.p50(),
                status.p99(),
                status.unknown(),
                status.failed(),
                status.records(),
                open.isEmpty() ? "" : ", broken: " + String.join("; ", open));
        if (isTerminal) {
            out.print("\r\033[K" + text);
            out.flush();
        } else if (statuses++ % SECONDS_BETWEEN_LINES == 0) {
            line(text);
        }
    }

    private void line(String text) {
        out.println((isTerminal ? "\r\033[K" : "") + elapsed() + "  " + text);
        out.flush();
    }

    private String elapsed() {
        return String.format(Locale.ROOT, "%4d", (System.nanoTime() - beginNanos) / 1_000_000_000);
    }
}
