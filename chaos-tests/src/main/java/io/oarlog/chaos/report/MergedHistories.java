package io.oarlog.chaos.report;

import io.oarlog.chaos.history.EdnReader;
import io.oarlog.chaos.history.HistoryFormatException;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads histories of one run side by side, in the order of their times. A file that is missing, or torn, is one more thing that
 * a report has to tell, not a reason for none. Confined to one thread.
 */
final class MergedHistories implements Closeable {
    private final List<Source> sources = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private MergedHistories() {}

    /** The timeline of the run in this directory: of the two histories with sends and polls. */
    static Timeline timeline(Path directory) throws IOException {
        try (MergedHistories histories = new MergedHistories()) {
            histories.open(directory.resolve(WorkloadSpec.ASSIGNED_HISTORY));
            histories.open(directory.resolve(WorkloadSpec.GROUP_HISTORY));
            histories.open(directory.resolve(WorkloadSpec.CLASSIC_HISTORY));
            TimelineBuilder timeline = new TimelineBuilder();
            for (Source next = histories.earliest(); next != null; next = histories.earliest()) {
                timeline.accept(next.number, next.head());
                histories.advance(next);
            }
            return timeline.end(histories.notes);
        }
    }

    private void open(Path file) throws IOException {
        try {
            Source source = new Source(sources.size(), new EdnReader(file));
            sources.add(source);
            advance(source);
        } catch (NoSuchFileException e) {
            notes.add(file.getFileName() + " is missing: the timeline is without it");
        }
    }

    private void advance(Source source) throws IOException {
        try {
            source.head = source.reader.next();
        } catch (HistoryFormatException e) {
            source.head = null;
            notes.add("the timeline shows what stands before this: " + e.getMessage());
        }
    }

    /** Whose next operation is the earliest; null when all have ended. */
    private @Nullable Source earliest() {
        Source earliest = null;
        for (Source source : sources) {
            if (source.head != null
                    && (earliest == null
                            || source.head().timeNanos() < earliest.head().timeNanos())) {
                earliest = source;
            }
        }
        return earliest;
    }

    @Override
    public void close() throws IOException {
        for (Source source : sources) {
            source.reader.close();
        }
    }

    private static final class Source {
        private final int number;
        private final EdnReader reader;
        private @Nullable Op head; // null: it has ended

        Source(int number, EdnReader reader) {
            this.number = number;
            this.reader = reader;
        }

        Op head() {
            if (head == null) {
                throw new IllegalStateException("history " + number + " has ended");
            }
            return head;
        }
    }
}
