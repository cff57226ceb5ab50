package io.oarlog.server.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows under headings, each column as wide as its widest cell; columns of numbers to the right. Confined to its user. */
public final class TextTable {
    /** What is not known, or is not there. */
    private static final String NOTHING = "-";

    private static final String GAP = "  ";

    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();
    private final boolean[] isNumber;

    public TextTable(String... headings) {
        this.headings = List.of(headings);
        this.isNumber = new boolean[headings.length];
    }

    /** Adds a row; null is shown as a dash, and leaves the column what it is. */
    public void row(@Nullable Object... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings);
        }
        List<String> row = new ArrayList<>();
        for (int column = 0; column < cells.length; column++) {
            Object cell = cells[column];
            isNumber[column] |= cell instanceof Number;
            row.add(cell == null ? NOTHING : cell.toString());
        }
        rows.add(row);
    }

    /** A cell of node ids: {@code 1,2,3}. */
    public static String ids(List<Integer> nodes) {
        return nodes.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    public void print(PrintWriter out) {
        int[] widths = headings.stream().mapToInt(String::length).toArray();
        for (List<String> row : rows) {
            Arrays.setAll(
                    widths, column -> Math.max(widths[column], row.get(column).length()));
        }
        out.println(line(headings, widths));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(widths[column] - cell.length());
            line.append(column == 0 ? "" : GAP).append(isNumber[column] ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }
}
