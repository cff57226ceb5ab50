package io.oarlog.chaos.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.code;
import static j2html.TagCreator.div;
import static j2html.TagCreator.each;
import static j2html.TagCreator.span;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpType;
import j2html.tags.DomContent;
import j2html.tags.specialized.TdTag;
import java.util.ArrayList;
import java.util.List;

/**
 * Operations of a history below each other: when, who, and the line of the history. Who has a lane for each process, with a mark
 * at its operations and a line from an invocation to its end. Immutable.
 */
final class EvidenceTable {
    private final List<Op> ops;
    private final List<Long> processes;

    private EvidenceTable(List<Op> ops) {
        this.ops = ops;
        this.processes = ops.stream().map(Op::process).distinct().sorted().toList();
    }

    /** @param ops at least one, in the order of their history */
    static DomContent of(List<Op> ops) {
        return new EvidenceTable(ops).view();
    }

    private DomContent view() {
        List<DomContent> rows = new ArrayList<>();
        for (int row = 0; row < ops.size(); row++) {
            rows.add(row(row));
        }
        return div(table(
                                caption(
                                        "The fewest operations that show it, a lane for each process: \u25cb begins, \u25cf ok,"
                                                + " \u2717 failed, ? unknown, \u26a1 fault"),
                                thead(tr(
                                        th("Time").withClass("number"),
                                        each(
                                                processes,
                                                process -> th(name(process)).withClass("lane")),
                                        th("Operation"))),
                                tbody(each(rows.stream())))
                        .withClass("evidence"))
                .withClass("wide")
                .attr("tabindex", "0");
    }

    private static String name(long process) {
        return process == Op.NEMESIS ? "nemesis" : "p" + process;
    }

    private DomContent row(int row) {
        Op op = ops.get(row);
        return tr(
                td(Figures.exactSeconds(op.timeNanos())).withClass("number"),
                each(processes, process -> lane(row, process)),
                td(code(EdnLine.of(op))));
    }

    private TdTag lane(int row, long process) {
        boolean isOpenAbove = isOpen(row - 1, process);
        boolean isOpenBelow = isOpen(row, process);
        String line = isOpenAbove && isOpenBelow ? " through" : isOpenAbove ? " ends" : isOpenBelow ? " begins" : "";
        Op op = ops.get(row);
        boolean isOwn = op.process() == process;
        return td(span(isOwn ? sign(op) : "").withTitle(isOwn ? op.type().keyword() : name(process)))
                .withClass("lane" + line);
    }

    private static String sign(Op op) {
        if (op.isNemesis()) {
            return "\u26a1";
        }
        return switch (op.type()) {
            case INVOKE -> "\u25cb";
            case OK -> "\u25cf";
            case FAIL -> "\u2717";
            case INFO -> "?";
        };
    }

    /** Whether an operation of the process is under way between this row and the next, and its end is shown. */
    private boolean isOpen(int row, long process) {
        for (int begin = row; begin >= 0; begin--) {
            if (ops.get(begin).process() == process) {
                return ops.get(begin).type() == OpType.INVOKE && hasEnd(row + 1, process);
            }
        }
        return false;
    }

    private boolean hasEnd(int from, long process) {
        return ops.stream()
                .skip(from)
                .filter(op -> op.process() == process)
                .findFirst()
                .filter(op -> op.type() != OpType.INVOKE)
                .isPresent();
    }
}
