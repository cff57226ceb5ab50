package io.oarlog.chaos.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.p;
import static j2html.TagCreator.section;
import static j2html.TagCreator.span;
import static j2html.TagCreator.strong;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.nemesis.PlannedFault;
import j2html.tags.DomContent;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which faults were made and which were not, and what clients saw of each. */
final class FaultView {
    private final RunSummary run;
    private final Map<String, Long> planned;
    private final List<FaultSpan> spans;

    FaultView(RunSummary run, @Nullable Plan plan, List<FaultSpan> spans) {
        this.run = run;
        this.planned = plan == null
                ? Map.of()
                : plan.faults().stream()
                        .map(PlannedFault::kind)
                        .collect(Collectors.groupingBy(FaultKind::word, Collectors.counting()));
        this.spans = spans;
    }

    DomContent view() {
        SortedSet<String> words = new TreeSet<>(run.faults().keySet());
        words.addAll(run.skipped().keySet());
        words.addAll(planned.keySet());
        return section(h2("Faults"), words.isEmpty() ? p("No fault was made.") : kinds(words), spans());
    }

    private DomContent kinds(SortedSet<String> words) {
        return div(table(
                        caption("Kinds of faults: how often the plan has them, and how often they were made"),
                        thead(tr(
                                th("Kind"),
                                th("Planned").withClass("number"),
                                th("Made").withClass("number"),
                                th("What it is"))),
                        tbody(each(words, this::kind))))
                .withClass("wide");
    }

    private DomContent kind(String word) {
        String reason = run.skipped().get(word);
        String description = FaultKind.of(word).map(FaultKind::description).orElse("");
        return tr(
                th(word).attr("scope", "row"),
                td(planned.isEmpty() ? "" : Long.toString(planned.getOrDefault(word, 0L)))
                        .withClass("number"),
                td(Integer.toString(run.faults().getOrDefault(word, 0))).withClass("number"),
                reason == null
                        ? td(description)
                        : td(
                                strong("SKIPPED").withClass("outcome unknown"),
                                span(": " + reason + " ("),
                                span(description + ")")));
    }

    private DomContent spans() {
        if (spans.isEmpty()) {
            return p("The histories tell of no fault.").withClass("aside");
        }
        return details(
                summary("One by one (" + Figures.count(spans.size()) + "), and what clients saw meanwhile"),
                div(table(
                                caption("Sends that ended while the fault was open, of all clients"),
                                thead(tr(
                                        th("Fault"),
                                        th("Begin").withClass("number"),
                                        th("End").withClass("number"),
                                        th("Acknowledged").withClass("number"),
                                        th("Refused").withClass("number"),
                                        th("Unknown").withClass("number"),
                                        th("Slowest, ms").withClass("number"),
                                        th("Longest without an acknowledged one")
                                                .withClass("number"))),
                                tbody(spans.stream().map(FaultView::row).toArray(DomContent[]::new))))
                        .withClass("wide"));
    }

    private static DomContent row(FaultSpan span) {
        return tr(
                th(span.text()).attr("scope", "row"),
                number(Figures.seconds(span.beginNanos())),
                number(span.isHealed() ? Figures.seconds(span.endNanos()) : "open"),
                number(Figures.count(span.acknowledged())),
                number(Figures.count(span.refused())),
                number(Figures.count(span.unknown())),
                number(span.slowestNanos() == 0 ? "\u2013" : Figures.millis(span.slowestNanos())),
                number(Figures.seconds(span.silenceNanos())));
    }

    private static DomContent number(String text) {
        return td(text).withClass("number");
    }
}
