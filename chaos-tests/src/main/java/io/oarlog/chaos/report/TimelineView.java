package io.oarlog.chaos.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.noscript;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;
import static j2html.TagCreator.section;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import java.util.List;
import java.util.stream.Collectors;

/** A run by the second: plots, and a table with the same figures. */
final class TimelineView {
    private static final long NANOS = 1_000_000_000;

    private final Timeline timeline;

    TimelineView(Timeline timeline) {
        this.timeline = timeline;
    }

    DomContent view() {
        return section(
                h2("Timeline"),
                each(timeline.notes(), note -> p("Note: " + note).withClass("note")),
                timeline.seconds().isEmpty() ? p("The histories hold no operation.") : content());
    }

    private DomContent content() {
        return div(
                p(silence()),
                p("Seconds are those of the histories, whose clock runs from the start of the clients. Operations count in the"
                                + " second in which they ended. Drag to zoom, double-click to see all.")
                        .withClass("aside"),
                noscript(p("The plots need JavaScript; the table below has the same figures.")),
                plot("faults", "Faults: filled when a majority stays, hatched when not; grey: final reads"),
                p("\u00a0").withId("at-cursor").withClass("aside"),
                plot("latency", "Latency of acknowledged sends, ms, logarithmic"),
                plot("acknowledged", "Acknowledged sends per second"),
                plot("failed", "Sends per second that were refused or ended unknown"),
                plot("polled", "Records polled per second; final reads may go over the edge"),
                figures(),
                script(rawHtml(HtmlText.json(Plots.of(timeline).json())))
                        .withType("application/json")
                        .withId("timeline"));
    }

    private static DomContent plot(String id, String title) {
        return figure(
                        figcaption(title),
                        div().withId("plot-" + id)
                                .withClass("plot")
                                .attr("role", "img")
                                .attr("aria-label", title + "; the same figures are in the table below the plots"))
                .withClass("plot-" + id);
    }

    private String silence() {
        Silence silence = timeline.longestSilence();
        if (silence == null) {
            return "Nothing was sent.";
        }
        List<FaultSpan> open = timeline.openInSilence();
        String faults = open.isEmpty()
                ? "no fault was open"
                : "open then: " + open.stream().map(FaultSpan::text).collect(Collectors.joining("; "));
        String unended = timeline.unended() == 0
                ? ""
                : " Of " + Figures.count(timeline.unended(), "send")
                        + " no end was written down: they are in no second.";
        return "Longest time without an acknowledged send: " + Figures.seconds(silence.nanos()) + ", from "
                + Figures.seconds(silence.beginNanos()) + " to " + Figures.seconds(silence.endNanos())
                + (silence.isOver() ? "" : ", when clients stopped") + "; " + faults + "." + unended;
    }

    private DomContent figures() {
        return details(
                summary("The same figures as a table"),
                div(table(
                                caption("What ended in each second"),
                                thead(tr(
                                        each(
                                                List.of(
                                                        "Second",
                                                        "Acknowledged",
                                                        "Unknown",
                                                        "Refused",
                                                        "p50, ms",
                                                        "p99, ms",
                                                        "Max, ms",
                                                        "Polled"),
                                                TimelineView::head),
                                        th("Faults"))),
                                tbody(timeline.seconds().stream().map(this::row).toArray(DomContent[]::new))))
                        .withClass("wide tall")
                        .attr("tabindex", "0"));
    }

    private static DomContent head(String text) {
        return th(text).withClass("number");
    }

    private DomContent row(Second second) {
        Latency latency = second.latency();
        return tr(
                th(Long.toString(second.number())).attr("scope", "row").withClass("number"),
                number(Figures.count(second.acknowledged())),
                number(Figures.count(second.unknown())),
                number(Figures.count(second.refused())),
                number(latency == null ? "\u2013" : Figures.millis(latency.p50Nanos())),
                number(latency == null ? "\u2013" : Figures.millis(latency.p99Nanos())),
                number(latency == null ? "\u2013" : Figures.millis(latency.maxNanos())),
                number(Figures.count(second.polled())),
                td(faultsIn(second)));
    }

    private String faultsIn(Second second) {
        long begin = second.number() * NANOS;
        return timeline.faults().stream()
                .filter(fault -> fault.beginNanos() < begin + NANOS && fault.endNanos() >= begin)
                .map(FaultSpan::text)
                .collect(Collectors.joining("; "));
    }

    private static DomContent number(String text) {
        return td(text).withClass("number");
    }
}
