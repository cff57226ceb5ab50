package io.oarlog.chaos.report;

import static j2html.TagCreator.article;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.h4;
import static j2html.TagCreator.p;
import static j2html.TagCreator.section;

import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import j2html.tags.DomContent;
import java.util.List;

/** What was found, each with the operations that show it. */
final class AnomalyView {
    /** Of one checker; the others are in {@code summary.json}. */
    private static final int SHOWN = 100;

    private AnomalyView() {}

    static DomContent of(List<Verdict> verdicts) {
        List<Verdict> invalid = verdicts.stream()
                .filter(verdict -> !verdict.anomalies().isEmpty())
                .toList();
        return section(
                h2("Anomalies"), invalid.isEmpty() ? p("None was found.") : each(invalid, AnomalyView::ofOneChecker));
    }

    /** Where the page shows what a checker found. */
    static String id(Verdict verdict) {
        return "found-by-" + verdict.checker().replaceAll("[^A-Za-z0-9-]+", "-");
    }

    private static DomContent ofOneChecker(Verdict verdict) {
        int count = verdict.anomalies().size();
        List<Anomaly> shown = verdict.anomalies().subList(0, Math.min(SHOWN, count));
        return section(
                        h3(verdict.checker() + ": " + Figures.count(count)).withId(id(verdict)),
                        each(shown, (index, anomaly) -> ofOne(index + 1, anomaly)))
                .condWith(count > SHOWN, p("And " + Figures.count(count - SHOWN) + " more, in summary.json."));
    }

    private static DomContent ofOne(int number, Anomaly anomaly) {
        return article(
                        h4(number + ". " + anomaly.description()),
                        anomaly.evidence().isEmpty()
                                ? p("It is not about operations of a history.").withClass("aside")
                                : EvidenceTable.of(anomaly.evidence()))
                .withClass("anomaly");
    }
}
