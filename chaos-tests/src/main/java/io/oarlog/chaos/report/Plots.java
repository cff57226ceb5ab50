package io.oarlog.chaos.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a timeline as the script of the page reads them: a column for each series. Times are in seconds, latencies in
 * milliseconds.
 *
 * @param p50 null where no send was acknowledged
 * @param faults by their begin
 */
record Plots(
        List<Long> seconds,
        List<@Nullable Double> p50,
        List<@Nullable Double> p99,
        List<@Nullable Double> max,
        List<Integer> acknowledged,
        List<Integer> unknown,
        List<Integer> refused,
        List<Integer> polled,
        List<Band> faults,
        @Nullable Band silence,
        @Nullable Double finalReads) {
    private static final int LANES = 3;

    /**
     * A time with a name.
     *
     * @param minority whether every partition keeps a majority in it
     * @param lane faults of one lane are not open at the same time
     */
    record Band(double from, double to, String text, boolean minority, int lane) {}

    static Plots of(Timeline timeline) {
        List<Second> seconds = timeline.seconds();
        Silence silence = timeline.longestSilence();
        Long finalReads = timeline.finalReadsNanos();
        return new Plots(
                seconds.stream().map(Second::number).toList(),
                latencies(seconds, Latency::p50Nanos),
                latencies(seconds, Latency::p99Nanos),
                latencies(seconds, Latency::maxNanos),
                seconds.stream().map(Second::acknowledged).toList(),
                seconds.stream().map(Second::unknown).toList(),
                seconds.stream().map(Second::refused).toList(),
                seconds.stream().map(Second::polled).toList(),
                bands(timeline.faults()),
                silence == null
                        ? null
                        : new Band(
                                seconds(silence.beginNanos()),
                                seconds(silence.endNanos()),
                                Figures.seconds(silence.nanos()) + " without an acknowledged send",
                                false,
                                0),
                finalReads == null ? null : seconds(finalReads));
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private static List<@Nullable Double> latencies(List<Second> seconds, ToLongFunction<Latency> nanos) {
        List<@Nullable Double> millis = new ArrayList<>();
        for (Second second : seconds) {
            Latency latency = second.latency();
            millis.add(latency == null ? null : nanos.applyAsLong(latency) / 1e6);
        }
        return millis;
    }

    /** Each in the lane that is free for longest, so that there is room for names. */
    private static List<Band> bands(List<FaultSpan> faults) {
        List<Band> bands = new ArrayList<>();
        List<Long> endsOfLanes = new ArrayList<>(Collections.nCopies(LANES, 0L));
        for (FaultSpan fault : faults) {
            int lane = endsOfLanes.indexOf(Collections.min(endsOfLanes));
            if (endsOfLanes.get(lane) > fault.beginNanos()) {
                lane = endsOfLanes.size();
                endsOfLanes.add(0L);
            }
            endsOfLanes.set(lane, fault.endNanos());
            bands.add(new Band(
                    seconds(fault.beginNanos()),
                    seconds(fault.endNanos()),
                    fault.text() + (fault.isHealed() ? "" : " (open at the end)"),
                    fault.isOfMinority(),
                    lane));
        }
        return bands;
    }

    String json() {
        try {
            return new ObjectMapper().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("figures cannot be written as JSON", e);
        }
    }
}
