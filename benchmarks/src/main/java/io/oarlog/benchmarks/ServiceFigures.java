package io.oarlog.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What all rounds measured of both contenders. Confined to one thread. */
final class ServiceFigures {
    private static final double LEAST_RATIO = 1;

    /** What was measured under one name. */
    record Row(String operation, int clients) {}

    /** @param perSecond requests answered */
    record Speed(double perSecond, double medianMillis, double p99Millis) {}

    private final Map<Row, Map<Contender, List<Speed>>> speeds = new LinkedHashMap<>();
    private final Map<Contender, List<Double>> gaps = new EnumMap<>(Contender.class);
    private final Map<Contender, Long> losses = new EnumMap<>(Contender.class);

    void addSpeed(Contender contender, Row row, Speed speed) {
        speeds.computeIfAbsent(row, key -> new EnumMap<>(Contender.class))
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(speed);
    }

    void addGap(Contender contender, double seconds) {
        gaps.computeIfAbsent(contender, key -> new ArrayList<>()).add(seconds);
    }

    /** @param count of requests that were lost with a connection, before the leader was killed */
    void addLosses(Contender contender, long count) {
        losses.merge(contender, count, Long::sum);
    }

    boolean isTargetMet() {
        return speeds.values().stream().allMatch(row -> ratio(row) >= LEAST_RATIO) && isGapMet() && isNothingLost();
    }

    /** A table in Markdown, medians of the rounds. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add("| request | clients | Oarlog | ZooKeeper | ratio | target | met |");
        lines.add("|---|---|---|---|---|---|---|");
        speeds.forEach((row, both) -> lines.add(String.format(
                Locale.ROOT,
                "| %s | %d | %s | %s | %.2f | ratio of %.2f | %s |",
                row.operation(),
                row.clients(),
                cell(of(both, Contender.OARLOG)),
                cell(of(both, Contender.ZOOKEEPER)),
                ratio(both),
                LEAST_RATIO,
                met(ratio(both) >= LEAST_RATIO))));
        lines.add(String.format(
                Locale.ROOT,
                "| gap after kill -9 of the leader | %d | %.2f s | %.2f s | %.2f | ZooKeeper's at most | %s |",
                FailOverGap.WRITERS,
                gap(Contender.OARLOG),
                gap(Contender.ZOOKEEPER),
                gap(Contender.OARLOG) / gap(Contender.ZOOKEEPER),
                met(isGapMet())));
        lines.add(String.format(
                Locale.ROOT,
                "| requests lost with a connection, in all rounds | | %d | %d | | none | %s |",
                losses.getOrDefault(Contender.OARLOG, 0L),
                losses.getOrDefault(Contender.ZOOKEEPER, 0L),
                met(isNothingLost())));
        return lines;
    }

    private boolean isGapMet() {
        return gap(Contender.OARLOG) <= gap(Contender.ZOOKEEPER);
    }

    private boolean isNothingLost() {
        return losses.getOrDefault(Contender.OARLOG, 0L) == 0;
    }

    private double gap(Contender contender) {
        return Median.of(gaps.getOrDefault(contender, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }

    private static double ratio(Map<Contender, List<Speed>> both) {
        return median(of(both, Contender.OARLOG), Speed::perSecond)
                / median(of(both, Contender.ZOOKEEPER), Speed::perSecond);
    }

    private static List<Speed> of(Map<Contender, List<Speed>> both, Contender contender) {
        return both.getOrDefault(contender, List.of());
    }

    private static String cell(List<Speed> measured) {
        return String.format(
                Locale.ROOT,
                "%,.0f/s, p50 %.2f ms, p99 %.2f ms",
                median(measured, Speed::perSecond),
                median(measured, Speed::medianMillis),
                median(measured, Speed::p99Millis));
    }

    private static double median(List<Speed> measured, ToDoubleFunction<Speed> figure) {
        return Median.of(measured.stream().mapToDouble(figure).toArray());
    }

    private static String met(boolean isMet) {
        return isMet ? "yes" : "**no**";
    }
}
