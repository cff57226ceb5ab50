package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EvidenceTableTest {
    private static final Pattern LANE = Pattern.compile("<td class=\"(lane[^\"]*)\"><span[^>]*>([^<]*)</span></td>");

    @Test
    void shouldShowEachOperationAsItStandsInItsHistory() {
        // given
        Op op = new Op(
                7, 1_234_567_890, 4, OpType.FAIL, OpFunction.SEND, send(null), List.of(3), "no \"leader\" <b>here</b>");

        // when
        String table = EvidenceTable.of(List.of(op)).render();

        // then
        assertThat(table)
                .contains("<td class=\"number\">1.235 s</td>")
                .contains(
                        "<code>{:index 7, :time 1234567890, :process 4, :type :fail, :f :send, :value [[:send 3 17]], "
                                + ":rebalance-log [{:keys [3]}], "
                                + ":error &quot;no \\&quot;leader\\&quot; &lt;b&gt;here&lt;/b&gt;&quot;}</code>");
    }

    @Test
    void shouldDrawALineFromAnInvocationToItsEnd() {
        // given
        List<Op> ops = List.of(
                op(0, 4, OpType.INVOKE),
                Op.of(1, 1, Op.NEMESIS, OpType.INFO, OpFunction.FAULT, new Event("kill node 1")),
                op(2, 4, OpType.OK),
                op(3, 4, OpType.INVOKE));

        // when
        String table = EvidenceTable.of(ops).render();

        // then
        assertThat(table).contains("<th class=\"lane\">nemesis</th><th class=\"lane\">p4</th>");
        assertThat(lanes(table))
                .containsExactly(
                        "lane ",
                        "lane begins \u25cb",
                        "lane \u26a1",
                        "lane through ",
                        "lane ",
                        "lane ends \u25cf",
                        "lane ",
                        "lane \u25cb");
    }

    @Test
    void shouldDrawNoLineWhereAnEndIsAnothers() {
        // given
        List<Op> ops = List.of(op(0, 4, OpType.INVOKE), op(1, 4, OpType.INVOKE), op(2, 4, OpType.INFO));

        // when
        String table = EvidenceTable.of(ops).render();

        // then
        assertThat(lanes(table)).containsExactly("lane \u25cb", "lane begins \u25cb", "lane ends ?");
    }

    private static List<String> lanes(String table) {
        return LANE.matcher(table).results().map(EvidenceTableTest::lane).toList();
    }

    private static String lane(MatchResult lane) {
        return lane.group(1) + " " + lane.group(2);
    }

    private static Op op(long index, long process, OpType type) {
        return Op.of(index, index, process, type, OpFunction.SEND, send(type == OpType.OK ? 120L : null));
    }

    private static MicroOps send(@Nullable Long offset) {
        return MicroOps.of(new MicroOp.Send(3, offset, 17));
    }
}
