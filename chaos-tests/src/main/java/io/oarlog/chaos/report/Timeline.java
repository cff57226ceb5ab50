package io.oarlog.chaos.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run by the second. Immutable.
 *
 * @param seconds without gaps; empty when nothing happened
 * @param faults by their begin
 * @param longestSilence null when nobody sent
 * @param unended sends of which no end was written down: they are in no second
 * @param finalReadsNanos when clients began to read everything from its beginning; null: they never did
 * @param notes what could not be read or shown
 */
record Timeline(
        List<Second> seconds,
        List<FaultSpan> faults,
        @Nullable Silence longestSilence,
        long unended,
        @Nullable Long finalReadsNanos,
        List<String> notes) {
    Timeline {
        seconds = List.copyOf(seconds);
        faults = List.copyOf(faults);
        notes = List.copyOf(notes);
    }

    /** The faults that were open in the longest silence. */
    List<FaultSpan> openInSilence() {
        Silence silence = longestSilence;
        return silence == null
                ? List.of()
                : faults.stream().filter(silence::meets).toList();
    }
}
