package io.oarlog.chaos.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.code;
import static j2html.TagCreator.dd;
import static j2html.TagCreator.div;
import static j2html.TagCreator.dl;
import static j2html.TagCreator.dt;
import static j2html.TagCreator.each;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.header;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.section;
import static j2html.TagCreator.span;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import io.oarlog.chaos.checker.Verdict;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How a run came out, at the top of its page: verdict, what was run, and what each checker says. */
final class OutcomeView {
    private final RunSummary summary;
    private final RepeatCommand command;

    OutcomeView(RunSummary summary, RepeatCommand command) {
        this.summary = summary;
        this.command = command;
    }

    String title() {
        return word() + ": chaos run, seed " + summary.seed();
    }

    private String word() {
        return summary.isValid() ? "PASSED" : "FAILED";
    }

    DomContent banner() {
        String sign = summary.isValid() ? "\u2713" : "\u2717";
        return header(
                        h1(span(sign).attr("aria-hidden", "true"), span(" " + word())),
                        p(reason()),
                        p(setting()),
                        each(warnings().stream()))
                .withClass("banner " + (summary.isValid() ? "passed" : "failed"));
    }

    private String reason() {
        long anomalies =
                summary.verdicts().stream().mapToLong(v -> v.anomalies().size()).sum();
        if (anomalies == 0) {
            return "No checker found an anomaly.";
        }
        return Figures.count(anomalies) + (anomalies == 1 ? " anomaly" : " anomalies") + ", found by "
                + names(Verdict.Outcome.INVALID) + ".";
    }

    private String setting() {
        return "Seed " + summary.seed() + ", " + summary.nodes() + " nodes, " + summary.substrate() + ", "
                + summary.seconds() + " s, "
                + Figures.count(
                        summary.faults().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum(),
                        "fault") + ".";
    }

    private List<DomContent> warnings() {
        List<DomContent> warnings = new ArrayList<>();
        if (summary.verdicts().isEmpty()) {
            warnings.add(p("No checker has judged this run."));
        }
        if (summary.verdicts().stream().anyMatch(v -> v.outcome() == Verdict.Outcome.UNKNOWN)) {
            warnings.add(p("Could not be told: " + names(Verdict.Outcome.UNKNOWN) + "."));
        }
        if (!summary.skipped().isEmpty()) {
            warnings.add(p("SKIPPED, for this machine cannot make them: "
                    + String.join(", ", new TreeMap<>(summary.skipped()).keySet()) + "."));
        }
        if (!summary.mutant().isEmpty()) {
            warnings.add(p("The brokers were broken on purpose: mutant " + summary.mutant() + "."));
        }
        return warnings;
    }

    private String names(Verdict.Outcome outcome) {
        return summary.verdicts().stream()
                .filter(verdict -> verdict.outcome() == outcome)
                .map(Verdict::checker)
                .collect(Collectors.joining(", "));
    }

    DomContent run() {
        return section(
                h2("Run"),
                dl(
                        fact("Seed", Long.toString(summary.seed())),
                        fact("Substrate", summary.substrate()),
                        fact("Nodes", Integer.toString(summary.nodes())),
                        fact("Time", summary.seconds() + " s"),
                        fact("Mutant", summary.mutant().isEmpty() ? "none" : summary.mutant()),
                        fact("Sends", sends()),
                        each(new TreeMap<>(summary.versions()), (name, version) -> fact(name, version))),
                p("To run it again:"),
                pre(code(command.line())).withClass("command").attr("tabindex", "0"),
                command.isExact()
                        ? p("The seed gives the same plan and the same choices of the clients; how far they come depends on"
                                        + " the machine.")
                                .withClass("aside")
                        : p("The plan is not known: add --nemesis as it was given then, if it was.")
                                .withClass("aside"));
    }

    private String sends() {
        List<Long> sends = summary.sends();
        return sends.size() == 3
                ? Figures.count(sends.get(0)) + " acknowledged, " + Figures.count(sends.get(1)) + " refused, "
                        + Figures.count(sends.get(2)) + " unknown"
                : "not counted";
    }

    private static DomContent fact(String name, String value) {
        return div(dt(name), dd(value));
    }

    DomContent checks() {
        return section(
                h2("Checks"),
                summary.verdicts().isEmpty()
                        ? p("None.")
                        : div(table(
                                        caption("What each checker looked for in the histories, and what it says"),
                                        thead(tr(
                                                th("Checker"),
                                                th("Verdict"),
                                                th("Examined"),
                                                th("Anomalies").withClass("number"))),
                                        tbody(each(summary.verdicts(), OutcomeView::check))))
                                .withClass("wide"));
    }

    private static DomContent check(Verdict verdict) {
        int anomalies = verdict.anomalies().size();
        return tr(
                th(verdict.checker()).attr("scope", "row"),
                td(span(sign(verdict.outcome()) + " " + verdict.outcome())
                        .withClass("outcome " + verdict.outcome().name().toLowerCase(Locale.ROOT))),
                td(verdict.examined()),
                td(anomalies == 0 ? span("0") : a(Figures.count(anomalies)).withHref("#" + AnomalyView.id(verdict)))
                        .withClass("number"));
    }

    private static String sign(Verdict.Outcome outcome) {
        return switch (outcome) {
            case VALID -> "\u2713";
            case INVALID -> "\u2717";
            case UNKNOWN -> "?";
        };
    }
}
