package io.oarlog.chaos.report;

import static j2html.TagCreator.a;
import static j2html.TagCreator.body;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.html;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;
import static j2html.TagCreator.section;
import static j2html.TagCreator.style;
import static j2html.TagCreator.title;
import static j2html.TagCreator.ul;

import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.workload.WorkloadSpec;
import j2html.Config;
import j2html.rendering.FlatHtml;
import j2html.tags.DomContent;
import j2html.tags.specialized.HeadTag;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report of a run: {@code report.html}, one page that needs nothing beside it, and {@code summary.json}. Stateless; memory
 * grows with the seconds of a run and its anomalies.
 */
public final class HtmlReport {
    static final String PAGE = "report.html";
    static final String SUMMARY = "summary.json";

    private static final List<String> FILES = List.of(
            SUMMARY,
            "plan.json",
            WorkloadSpec.ASSIGNED_HISTORY,
            WorkloadSpec.GROUP_HISTORY,
            WorkloadSpec.CLASSIC_HISTORY,
            WorkloadSpec.COMMIT_HISTORY,
            WorkloadSpec.REGISTER_HISTORY,
            "clients.log");

    private HtmlReport() {}

    /** As below, for a run of which no other options are known. */
    public static void write(RunSummary summary, @Nullable Plan plan, Path directory) throws IOException {
        write(summary, plan, List.of(), directory);
    }

    /**
     * Writes both files, in place of those that are there.
     *
     * @param plan null: not known
     * @param options of the run's command line that neither the summary nor the plan tells, such as {@code --rate 50}
     * @param directory of the run, where its histories are; one that is missing or torn is told in the report
     */
    public static void write(RunSummary summary, @Nullable Plan plan, List<String> options, Path directory)
            throws IOException {
        SummaryJson.write(summary, directory.resolve(SUMMARY));
        Timeline timeline = MergedHistories.timeline(directory);
        InlineFiles files = InlineFiles.load();
        OutcomeView outcome = new OutcomeView(summary, RepeatCommand.of(summary, plan, options));
        DomContent page = html(
                        head(files, outcome.title()),
                        body(
                                main(
                                        outcome.banner(),
                                        outcome.run(),
                                        outcome.checks(),
                                        new TimelineView(timeline).view(),
                                        new FaultView(summary, plan, timeline.faults()).view(),
                                        AnomalyView.of(summary.verdicts()),
                                        filesBeside(directory)),
                                footer(p("Plots by uPlot, MIT licence: its terms stand in this page's source.")),
                                script(rawHtml(files.plotScript())),
                                script(rawHtml(files.script()))))
                .attr("lang", "en");
        Config config = Config.defaults().withTextEscaper(HtmlText::escape).withEmptyTagsClosed(true);
        try (Writer out = Files.newBufferedWriter(directory.resolve(PAGE))) {
            out.write("<!DOCTYPE html>\n");
            page.render(FlatHtml.into(out, config));
        }
    }

    private static HeadTag head(InlineFiles files, String title) {
        return j2html.TagCreator.head(
                meta().attr("charset", "utf-8"),
                meta().attr("http-equiv", "Content-Security-Policy").attr("content", files.contentSecurityPolicy()),
                meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                meta().withName("color-scheme").withContent("light dark"),
                title(title),
                rawHtml("\n<!-- uPlot:\n" + files.plotLicence() + "-->\n"),
                style(rawHtml(files.plotStyle())),
                style(rawHtml(files.style())));
    }

    private static DomContent filesBeside(Path directory) {
        Stream<String> there = FILES.stream().filter(name -> Files.exists(directory.resolve(name)));
        return section(
                h2("Files"),
                p("In the directory of this page:"),
                ul(each(there.map(name -> li(a(name).withHref(name))))));
    }
}
