package io.oarlog.server.cli.terminal;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** A bar on standard error, when somebody looks. {@link #advance} is thread-safe, the rest is for its user's thread. */
public final class Progress implements AutoCloseable {
    private static final int UPDATE_MILLIS = 500;

    private volatile @Nullable ProgressBar bar; // set once

    /**
     * Shows it, at nothing.
     *
     * @param max when it is done, in what it advances by; -1: not known yet
     * @param unit shown behind the numbers, of {@code unitSize} each
     */
    public void begin(String task, long max, String unit, long unitSize) {
        // Picocli's test for a terminal, which works on every JDK.
        if (CommandLine.Help.Ansi.AUTO.enabled()) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(max)
                    .setUnit(unit, unitSize)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(UPDATE_MILLIS)
                    .build();
        }
    }

    public void advance(long by) {
        ProgressBar current = bar;
        if (current != null) {
            current.stepBy(by);
        }
    }

    /**
     * Sets it to where it is now, for work whose extent changes.
     *
     * @param max as for {@link #begin}
     * @param note shown behind all
     */
    public void reach(long done, long max, String note) {
        ProgressBar current = bar;
        if (current != null) {
            current.maxHint(max);
            current.stepTo(done);
            current.setExtraMessage(note);
        }
    }

    @Override
    public void close() {
        ProgressBar current = bar;
        if (current != null) {
            current.close();
        }
    }
}
