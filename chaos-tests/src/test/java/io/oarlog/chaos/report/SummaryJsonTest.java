package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.history.Register;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SummaryJsonTest {
    @TempDir
    Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory.resolve("summary.json");
    }

    @Test
    void shouldReadWhatItHasWritten() throws IOException {
        // given
        RunSummary summary = summary(List.of(
                Verdict.of("lost", "3 records", List.of(new Anomaly("all kinds of values", everyKindOfValue()))),
                Verdict.of("duplicate", "3 records", List.of()),
                Verdict.unknown("linearizable", "no reads")));

        // when
        SummaryJson.write(summary, file);

        // then
        assertThat(SummaryJson.read(file)).isEqualTo(summary);
    }

    @Test
    void shouldTellProgramsWhetherItIsValid() throws IOException {
        // given
        SummaryJson.write(summary(List.of(Verdict.of("lost", "3 records", List.of()))), file);

        // when
        JsonNode json = new ObjectMapper().readTree(file.toFile());

        // then
        assertThat(json.get("valid").booleanValue()).isTrue();
        assertThat(json.get("seed").longValue()).isEqualTo(7);
        assertThat(json.at("/verdicts/0/outcome").textValue()).isEqualTo("VALID");
    }

    private static RunSummary summary(List<Verdict> verdicts) {
        return new RunSummary(
                7,
                "local",
                3,
                60,
                Map.of("java", "17"),
                Map.of("kill", 2),
                Map.of("delay", "no netem"),
                "",
                List.of(10L, 1L, 2L),
                verdicts);
    }

    private static List<Op> everyKindOfValue() {
        MicroOp seen = MicroOp.Poll.of(Map.of(3, List.of(new MicroOp.Seen(119, 16))));
        return List.of(
                op(
                        4,
                        OpFunction.TXN,
                        new MicroOps(List.of(new MicroOp.Send(3, 120L, 17), MicroOp.Poll.invoked(), seen))),
                op(4, OpFunction.SEND, MicroOps.of(new MicroOp.Send(3, null, 17))),
                op(4, OpFunction.ASSIGN, new Keys(List.of(1, 2), true)),
                op(4, OpFunction.COMMIT, Offsets.of(Map.of(1, 5L))),
                op(4, OpFunction.WRITE, new Register(1, 7L)),
                op(4, OpFunction.READ, new Register(1, null)),
                op(4, OpFunction.CAS, new CompareAndSet(1, 7, 8)),
                op(Op.NEMESIS, OpFunction.FAULT, new Event("kill node 2")),
                new Op(8, 9, 4, OpType.INFO, OpFunction.CRASH, new Nothing(), List.of(1), "error \u0007"));
    }

    private static Op op(long process, OpFunction function, OpValue value) {
        return Op.of(1, 2, process, OpType.OK, function, value);
    }
}
