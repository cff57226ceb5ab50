package io.oarlog.chaos.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EdnHistoryTest {
    @TempDir
    Path directory;

    /** What {@link #everyKindOfValue} is in EDN. */
    private static final String GOLDEN = """
            {:index 0, :time 10, :process 4, :type :invoke, :f :send, :value [[:send 3 17]]}
            {:index 1, :time 11, :process 4, :type :ok, :f :send, :value [[:send 3 [120 17]]]}
            {:index 2, :time 12, :process 5, :type :invoke, :f :poll, :value [[:poll]]}
            {:index 3, :time 13, :process 5, :type :ok, :f :poll, :value [[:poll {3 [[119 16] [120 17]], 4 [[0 1]]}]], \
            :rebalance-log [{:keys [3 4]}]}
            {:index 4, :time 14, :process 5, :type :ok, :f :poll, :value [[:poll {}]]}
            {:index 5, :time 15, :process 6, :type :invoke, :f :txn, :value [[:poll] [:send 3 18] [:send 4 -2]]}
            {:index 6, :time 16, :process 7, :type :ok, :f :assign, :value [3 4], :seek-to-beginning? true}
            {:index 7, :time 17, :process 7, :type :invoke, :f :subscribe, :value [3]}
            {:index 8, :time 18, :process 7, :type :info, :f :crash, :value nil}
            {:index 9, :time 19, :process 8, :type :fail, :f :commit, :value {3 121, 4 1}, \
            :error "no \\"member\\"\\\\\\n\\r\\tof it: é"}
            {:index 10, :time 20, :process 8, :type :invoke, :f :committed, :value {}}
            {:index 11, :time 21, :process 9, :type :invoke, :f :read, :value [1 nil]}
            {:index 12, :time 22, :process 9, :type :info, :f :write, :value [1 7]}
            {:index 13, :time 23, :process 9, :type :ok, :f :cas, :value [1 [7 8]]}
            {:index 14, :time 24, :process :nemesis, :type :info, :f :fault, :value "minority kill node 2"}
            {:index 15, :time 25, :process :nemesis, :type :info, :f :heal, :value "minority kill node 2"}
            """;

    private static List<Op> everyKindOfValue() {
        MicroOp.Seen first = new MicroOp.Seen(119, 16);
        MicroOp.Seen second = new MicroOp.Seen(120, 17);
        MicroOp poll = MicroOp.Poll.of(Map.of(3, List.of(first, second), 4, List.of(new MicroOp.Seen(0, 1))));
        return List.of(
                op(0, 4, OpType.INVOKE, OpFunction.SEND, MicroOps.of(new MicroOp.Send(3, null, 17))),
                op(1, 4, OpType.OK, OpFunction.SEND, MicroOps.of(new MicroOp.Send(3, 120L, 17))),
                op(2, 5, OpType.INVOKE, OpFunction.POLL, MicroOps.of(MicroOp.Poll.invoked())),
                new Op(3, 13, 5, OpType.OK, OpFunction.POLL, MicroOps.of(poll), List.of(3, 4), null),
                op(4, 5, OpType.OK, OpFunction.POLL, MicroOps.of(MicroOp.Poll.of(Map.of()))),
                op(
                        5,
                        6,
                        OpType.INVOKE,
                        OpFunction.TXN,
                        new MicroOps(List.of(
                                MicroOp.Poll.invoked(), new MicroOp.Send(3, null, 18), new MicroOp.Send(4, null, -2)))),
                op(6, 7, OpType.OK, OpFunction.ASSIGN, new Keys(List.of(3, 4), true)),
                op(7, 7, OpType.INVOKE, OpFunction.SUBSCRIBE, new Keys(List.of(3), false)),
                op(8, 7, OpType.INFO, OpFunction.CRASH, new Nothing()),
                new Op(
                        9,
                        19,
                        8,
                        OpType.FAIL,
                        OpFunction.COMMIT,
                        Offsets.of(Map.of(4, 1L, 3, 121L)),
                        List.of(),
                        "no \"member\"\\\n\r\tof it: é"),
                op(10, 8, OpType.INVOKE, OpFunction.COMMITTED, Offsets.of(Map.of())),
                op(11, 9, OpType.INVOKE, OpFunction.READ, new Register(1, null)),
                op(12, 9, OpType.INFO, OpFunction.WRITE, new Register(1, 7L)),
                op(13, 9, OpType.OK, OpFunction.CAS, new CompareAndSet(1, 7, 8)),
                op(14, Op.NEMESIS, OpType.INFO, OpFunction.FAULT, new Event("minority kill node 2")),
                op(15, Op.NEMESIS, OpType.INFO, OpFunction.HEAL, new Event("minority kill node 2")));
    }

    private static Op op(long index, long process, OpType type, OpFunction function, OpValue value) {
        return Op.of(index, 10 + index, process, type, function, value);
    }

    @Test
    void shouldWriteOneLineForEachOp() throws IOException {
        // given
        StringWriter text = new StringWriter();

        // when
        try (EdnWriter writer = new EdnWriter(text)) {
            for (Op op : everyKindOfValue()) {
                writer.write(op);
            }
        }

        // then
        assertThat(text).hasToString(GOLDEN);
    }

    @Test
    void shouldReadBackWhatWasWritten() throws IOException {
        // given
        Path file = directory.resolve("history.edn");
        try (EdnWriter writer = EdnWriter.to(file)) {
            for (Op op : everyKindOfValue()) {
                writer.write(op);
            }
        }

        // when
        History history = EdnReader.read(file);

        // then
        assertThat(history.ops()).isEqualTo(everyKindOfValue());
    }

    @Test
    void shouldReadEachErrorBackWhenItIsWrittenWithAnyCharacters() throws IOException {
        // given
        StringBuilder characters = new StringBuilder();
        for (char c = 0; c < Character.MIN_SURROGATE; c++) {
            characters.append(c);
        }
        Op op = new Op(
                0,
                0,
                1,
                OpType.INFO,
                OpFunction.CRASH,
                new Nothing(),
                List.of(),
                characters.append("😀").toString());
        Path file = directory.resolve("history.edn");
        try (EdnWriter writer = EdnWriter.to(file)) {
            writer.write(op);
        }

        // when
        History history = EdnReader.read(file);

        // then
        assertThat(history.ops()).containsExactly(op);
    }

    @Test
    void shouldReadFieldsInAnyOrderAndIgnoreOthers() throws IOException {
        // given
        Path file = write(
                "{:f :poll :value [[:poll {1 [[0 5]]}]] :poll-ms 1000, :type :ok, :process 0, :time 1, :index 0}\n");

        // when
        History history = EdnReader.read(file);

        // then
        MicroOp poll = MicroOp.Poll.of(Map.of(1, List.of(new MicroOp.Seen(0, 5))));
        assertThat(history.ops()).containsExactly(Op.of(0, 1, 0, OpType.OK, OpFunction.POLL, MicroOps.of(poll)));
    }

    @Test
    void shouldReadASendWithoutOffsetWhenItsPairHasNone() throws IOException {
        // given
        Path file = write("{:index 0, :time 1, :process 0, :type :info, :f :send, :value [[:send 1 [nil 5]]]}\n");

        // when
        History history = EdnReader.read(file);

        // then
        assertThat(history.ops().get(0).microOps()).containsExactly(new MicroOp.Send(1, null, 5));
    }

    @Test
    void shouldReadNothingWhenTheFileIsEmpty() throws IOException {
        // given
        Path file = write("");

        // when
        History history = EdnReader.read(file);

        // then
        assertThat(history.ops()).isEmpty();
    }

    @Test
    void shouldReadTheLastLineWhenOnlyItsLineFeedIsMissing() throws IOException {
        // given
        Path file = write(GOLDEN.stripTrailing());

        // when
        History history = EdnReader.read(file);

        // then
        assertThat(history.ops()).isEqualTo(everyKindOfValue());
    }

    @Test
    void shouldSayThatTheLastLineIsTornWhenItIs() throws IOException {
        // given
        byte[] whole = GOLDEN.getBytes(UTF_8);
        int lastLine = GOLDEN.lastIndexOf('{');
        int lastLineAt = GOLDEN.substring(0, lastLine).getBytes(UTF_8).length;

        for (int length = lastLineAt + 1; length < whole.length - 1; length++) {
            // when
            Path file = Files.write(directory.resolve("torn.edn"), Arrays.copyOf(whole, length));

            // then
            assertThatThrownBy(() -> EdnReader.read(file))
                    .isInstanceOf(HistoryFormatException.class)
                    .hasMessage(file + ":16: this line is torn: its writer was stopped within it");
        }
    }

    @Test
    void shouldSayThatTheLastLineIsTornWhenACharacterOfItIs() throws IOException {
        // given
        Path file = directory.resolve("torn.edn");
        byte[] start = "{:index 0, :time 1, :process 0, :type :info, :f :crash, :value nil, :error \"é".getBytes(UTF_8);
        Files.write(file, Arrays.copyOf(start, start.length - 1));

        // then
        assertThatThrownBy(() -> EdnReader.read(file))
                .isInstanceOf(HistoryFormatException.class)
                .hasMessage(file + ":1: this line is torn: its writer was stopped within it");
    }

    @Test
    void shouldSayWhatIsWrongInWhichLine() throws IOException {
        String good = "{:index 0, :time 1, :process 0, :type :invoke, :f :send, :value [[:send 1 5]]}";
        assertRefused(good + "\n{:index 1", ":2: this line is torn");
        assertRefused(good.replace(":type :invoke", ":type :maybe"), ":1: this line has :maybe as its :type");
        assertRefused(good.replace(":f :send", ":f :sond"), ":1: this line has :sond as its :f");
        assertRefused(good.replace(":f :send", ":f 7"), ":1: this line has 7 as its :f");
        assertRefused(good.replace(":send 1 5", ":send 1"), "where a send or a poll stands");
        assertRefused(good.replace(":send 1 5", ":send 1 [5]"), "where a pair stands");
        assertRefused(good.replace(":send 1 5", ":send 1 nil"), "has null where a number stands");
        assertRefused(good.replace(":send 1 5", ":send 99999999999 5"), "has 99999999999 where a key stands");
        assertRefused(good.replace(":value [[:send 1 5]]", ":value 5"), "has 5 where a vector stands");
        assertRefused(good.replace(":f :send", ":f :crash"), "where there is none");
        assertRefused(good.replace(":f :send", ":f :commit"), "where a map stands");
        assertRefused(good.replace(":f :send", ":f :heal"), "where a string stands");
        assertRefused(good.replace(":time 1,", ""), "has null where a number stands");
        assertRefused(good.replace(":index 0", ":index 1"), ":1: this line has the index 1 in place of 0");
        assertRefused(good + good, ":1: this line has something behind its map");
        assertRefused("[1 2]", ":1: this line has [1, 2] where a map stands");
        assertRefused("\n" + good, ":1: this line is empty");
        assertRefused(good + "\n)\n", ":2: this line");
    }

    private void assertRefused(String text, @Nullable String message) throws IOException {
        Path file = write(text.endsWith("{:index 1") ? text : text + "\n");
        assertThatThrownBy(() -> EdnReader.read(file))
                .isInstanceOf(HistoryFormatException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("history.edn"), text);
    }
}
