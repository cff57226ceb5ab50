package io.oarlog.chaos.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class HtmlReportTest {
    private static final String RAW = "(?s)(<(script|style)[^>]*>).*?(</\\2>)";
    private static final RunSummary EMPTY =
            new RunSummary(3, "local", 3, 60, Map.of(), Map.of(), Map.of(), "", List.of(0L, 0L, 0L), List.of());

    @TempDir
    Path directory;

    @Test
    void shouldTellOfARunThatFailed() throws Exception {
        // given
        GeneratedRun run = GeneratedRun.write(7, Duration.ofMinutes(1), 40, directory);
        RunSummary summary = run.summary(false);

        // when
        HtmlReport.write(summary, run.plan, List.of("--rate", "40"), directory);

        // then
        Document page = parsed();
        assertThat(texts(page, "h1")).containsExactly("\u2717 FAILED");
        assertThat(texts(page, "title")).containsExactly("FAILED: chaos run, seed 7");
        assertThat(texts(page, "pre"))
                .containsExactly("./oarlog chaos run --substrate netns --time 1m --seed 7 --nodes 5 --rate 40"
                        + " --mutant ack-before-commit");
        assertThat(texts(page, "h4"))
                .containsExactly(
                        "1. key 3: offset 120, value 17 was acknowledged and is read no more",
                        "2. key 1: value 5 was refused, and read");
        assertThat(texts(page, "tr")).anyMatch(row -> row.contains("SKIPPED: this kernel has no netem"));
        assertThat(texts(page, "p")).anyMatch(text -> text.startsWith("Longest time without an acknowledged send: "));
        assertThat(SummaryJson.read(directory.resolve("summary.json"))).isEqualTo(summary);
    }

    @Test
    void shouldTellOfARunThatPassed() throws Exception {
        // given
        GeneratedRun run = GeneratedRun.write(8, Duration.ofMinutes(1), 40, directory);

        // when
        HtmlReport.write(run.summary(true), run.plan, directory);

        // then
        Document page = parsed();
        assertThat(texts(page, "h1")).containsExactly("\u2713 PASSED");
        assertThat(texts(page, "p")).contains("None was found.", "Could not be told: linearizable.");
        assertThat(texts(page, "h4")).isEmpty();
    }

    @Test
    void shouldPlotWhatTheTableShows() throws Exception {
        // given
        GeneratedRun run = GeneratedRun.write(7, Duration.ofMinutes(1), 40, directory);

        // when
        HtmlReport.write(run.summary(true), run.plan, directory);

        // then
        Timeline timeline = MergedHistories.timeline(directory);
        JsonNode plotted = plotted();
        assertThat(plotted.get("seconds")).hasSize(timeline.seconds().size());
        assertThat(plotted.get("faults")).hasSize(timeline.faults().size());
        assertThat(texts(parsed(), "tr"))
                .filteredOn(row -> row.startsWith(timeline.seconds().get(5).number() + " "
                        + timeline.seconds().get(5).acknowledged()))
                .hasSize(1);
    }

    @Test
    void shouldLoadNothing() throws Exception {
        // given
        GeneratedRun run = GeneratedRun.write(7, Duration.ofMinutes(1), 10, directory);

        // when
        HtmlReport.write(run.summary(false), run.plan, directory);

        // then
        Document page = parsed();
        List<String> addresses = new ArrayList<>();
        for (Element element : elements(page, "*")) {
            for (String attribute : List.of("src", "href", "srcset", "data", "action", "poster", "background")) {
                if (element.hasAttribute(attribute)) {
                    addresses.add(element.getAttribute(attribute));
                }
            }
        }
        assertThat(addresses).allMatch(address -> address.matches("#[a-z-]+|[a-z-]+\\.(json|edn|log)"));
        assertThat(texts(page, "link")).isEmpty();
        String styles = String.join("", raw("style"));
        assertThat(styles).doesNotContain("url(", "@import", "http");
        assertThat(raw("script")).noneMatch(script -> script.matches("(?s).*(fetch\\(|XMLHttpRequest|import\\().*"));
        assertThat(elements(page, "meta"))
                .anyMatch(meta -> meta.getAttribute("content").startsWith("default-src 'none';"));
    }

    @Test
    void shouldCarryTheLicenceOfWhatItInlines() throws IOException {
        // when
        HtmlReport.write(EMPTY, null, directory);

        // then
        assertThat(html()).contains("The MIT License (MIT)", "Copyright (c) 2022 Leon Sorokin");
    }

    @Test
    void shouldWorkWithoutAnyOperation() throws Exception {
        // given
        Files.writeString(directory.resolve(WorkloadSpec.ASSIGNED_HISTORY), "");
        Files.writeString(directory.resolve(WorkloadSpec.GROUP_HISTORY), "");

        // when
        HtmlReport.write(EMPTY, null, directory);

        // then
        assertThat(texts(parsed(), "p"))
                .contains(
                        "The histories hold no operation.",
                        "No fault was made.",
                        "No checker has judged this run.",
                        "Seed 3, 3 nodes, local, 60 s, 0 faults.");
    }

    @Test
    void shouldWorkWithoutFaults() throws Exception {
        // given
        Files.writeString(directory.resolve(WorkloadSpec.ASSIGNED_HISTORY), """
                {:index 0, :time 1000000000, :process 0, :type :invoke, :f :send, :value [[:send 1 1]]}
                {:index 1, :time 1500000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0 1]]]}
                """);

        // when
        HtmlReport.write(EMPTY, null, directory);

        // then
        assertThat(texts(parsed(), "p"))
                .contains(
                        "Note: history-grouped.edn is missing: the timeline is without it",
                        "Longest time without an acknowledged send: 0.5 s, from 1.0 s to 1.5 s; no fault was open.",
                        "The histories tell of no fault.");
        assertThat(plotted().get("acknowledged").get(0).intValue()).isEqualTo(1);
    }

    @Test
    void shouldEscapeWhatOthersSay() throws Exception {
        // given
        String evil = "</script><script>alert('x')</script>";
        Files.writeString(
                directory.resolve(WorkloadSpec.ASSIGNED_HISTORY),
                "{:index 0, :time 1, :process :nemesis, :type :info, :f :fault, :value \"" + evil + "\"}\n");
        RunSummary summary = new RunSummary(
                3,
                evil,
                3,
                60,
                Map.of(evil, evil),
                Map.of(evil, 1),
                Map.of(FaultKind.KILL.word(), evil),
                evil,
                List.of(),
                List.of());

        // when
        HtmlReport.write(summary, null, directory);

        // then
        Document page = parsed();
        assertThat(elements(page, "script")).hasSize(3);
        assertThat(plotted().at("/faults/0/text").textValue()).isEqualTo(evil + " (open at the end)");
        assertThat(html()).doesNotContain("<script>alert");
        assertThat(texts(page, "dd")).contains(evil);
    }

    private String html() throws IOException {
        return Files.readString(directory.resolve("report.html"), UTF_8);
    }

    /** As XML, which it is but for what stands in scripts and styles. */
    private Document parsed() throws Exception {
        String xml = html().replaceAll(RAW, "$1$3");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    private JsonNode plotted() throws IOException {
        String json =
                html().replaceAll("(?s).*<script type=\"application/json\" id=\"timeline\">(.*?)</script>.*", "$1");
        return new ObjectMapper().readTree(json);
    }

    private List<String> raw(String name) throws IOException {
        List<String> contents = new ArrayList<>();
        for (String part : html().split("<" + name + "[^>]*>", -1)) {
            contents.add(part.split("</" + name + ">", 2)[0]);
        }
        return contents.subList(1, contents.size());
    }

    private static List<String> texts(Document page, String name) {
        return elements(page, name).stream().map(HtmlReportTest::text).toList();
    }

    /** The texts of its parts, by blanks where it is a row of a table. */
    private static String text(Element element) {
        if (!element.getTagName().equals("tr")) {
            return element.getTextContent();
        }
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < element.getChildNodes().getLength(); i++) {
            cells.add(element.getChildNodes().item(i).getTextContent());
        }
        return String.join(" ", cells);
    }

    private static List<Element> elements(Document page, String name) {
        NodeList nodes = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
