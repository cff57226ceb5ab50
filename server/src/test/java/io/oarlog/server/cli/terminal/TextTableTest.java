package io.oarlog.server.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void shouldAlignNumbersRightAndTextLeft() {
        // given
        TextTable table = new TextTable("NAME", "LAG", "NOTE");
        table.row("a", 1_000, "x");
        table.row("longer", null, "");
        table.row("b", 7, "y");

        // when
        StringWriter out = new StringWriter();
        table.print(new PrintWriter(out, true));

        // then
        assertThat(out.toString()).isEqualToNormalizingNewlines("""
                        NAME     LAG  NOTE
                        a       1000  x
                        longer     -
                        b          7  y
                        """);
    }
}
