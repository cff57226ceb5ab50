package io.oarlog.chaos.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.history.EdnReader;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With clients of a log in memory that fail as the seed says. */
final class LogProcessTest {
    private static final int KEYS = 3;
    private static final int STEPS = 3_000;

    @TempDir
    private Path directory;

    @Test
    @Timeout(60)
    void shouldWriteAHistoryInWhichProcessesDieOfUnknownOutcomes() throws Exception {
        // when
        History history = run(1);

        // then
        Set<Long> dead = new HashSet<>();
        Set<Long> busy = new HashSet<>();
        for (Op op : history.ops()) {
            assertThat(dead).as("%s", op).doesNotContain(op.process());
            if (op.type() == OpType.INVOKE) {
                assertThat(busy.add(op.process())).as("%s", op).isTrue();
            } else {
                assertThat(busy.remove(op.process())).as("%s", op).isTrue();
            }
            if (op.type() == OpType.INFO) {
                dead.add(op.process());
            }
        }
        assertThat(busy).isEmpty();
        assertThat(dead).hasSizeGreaterThan(10);
    }

    @Test
    @Timeout(60)
    void shouldReadAllThatWasAcknowledgedInTheEnd() throws Exception {
        // when
        History history = run(2);

        // then
        Set<List<Long>> acknowledged = new HashSet<>();
        Set<List<Long>> polled = new HashSet<>();
        for (Op op : history.ops()) {
            for (MicroOp microOp : op.microOps()) {
                if (op.type() == OpType.OK && microOp instanceof MicroOp.Send send) {
                    acknowledged.add(List.of((long) send.key(), send.value()));
                } else if (microOp instanceof MicroOp.Poll poll && poll.records() != null) {
                    poll.records()
                            .forEach(
                                    (key, seen) -> seen.forEach(each -> polled.add(List.of((long) key, each.value()))));
                }
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(100);
        assertThat(polled).containsAll(acknowledged);
    }

    @Test
    @Timeout(60)
    void shouldSeekToTheBeginningAfterACrashOnly() throws Exception {
        // when
        History history = run(3);

        // then
        Map<Long, OpFunction> last = new HashMap<>();
        for (Op op : history.ops()) {
            if (op.type() == OpType.INVOKE && op.value() instanceof Keys keys && keys.fromBeginning()) {
                assertThat(last).as("%s", op).doesNotContainKey(op.process());
            }
            last.put(op.process(), op.function());
        }
    }

    private History run(long seed) throws Exception {
        Path file = directory.resolve("history-" + seed + ".edn");
        Phase phase = new Phase();
        MemoryLog log = new MemoryLog(seed);
        try (HistoryRecorder history = new HistoryRecorder(file, System.nanoTime());
                HistoryRecorder commits =
                        new HistoryRecorder(directory.resolve("commits-" + seed + ".edn"), System.nanoTime())) {
            LogProcess process = new LogProcess(
                    new LogProcess.Settings(0, 1, false, 0, 0, 1, true, 0, () -> log.client(phase)),
                    history,
                    commits,
                    new Keyspace(KEYS, 0, 1, 1),
                    phase,
                    new Measurements(),
                    seed);
            process.run();
        }
        return EdnReader.read(file);
    }

    /** A log without replicas: a list for each key. */
    private static final class MemoryLog {
        private final Map<Integer, List<Long>> values = new HashMap<>();
        private final Random random;
        private int steps;

        MemoryLog(long seed) {
            this.random = new Random(seed);
        }

        LogClient client(Phase phase) {
            return new MemoryClient(this, phase);
        }
    }

    private static final class MemoryClient implements LogClient {
        private final MemoryLog log;
        private final Phase phase;
        private final Map<Integer, Integer> positions = new HashMap<>();

        MemoryClient(MemoryLog log, Phase phase) {
            this.log = log;
            this.phase = phase;
        }

        private void step() {
            if (++log.steps == STEPS) {
                phase.end();
            }
        }

        @Override
        public long send(int key, long value) {
            step();
            List<Long> values = log.values.computeIfAbsent(key, unused -> new ArrayList<>());
            int drawn = log.random.nextInt(50);
            if (drawn == 0) {
                throw new NotAppliedException(new IllegalStateException("refused"));
            }
            values.add(value);
            if (drawn == 1) {
                throw new IllegalStateException("nobody knows");
            }
            return values.size() - 1L;
        }

        @Override
        public void assign(Set<Integer> keys, boolean fromBeginning) {
            positions.keySet().retainAll(keys);
            keys.forEach(key -> positions.putIfAbsent(
                    key,
                    fromBeginning ? 0 : log.values.getOrDefault(key, List.of()).size()));
        }

        @Override
        public void subscribe() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<Integer, List<Seen>> poll(long millis) {
            step();
            if (log.random.nextInt(50) == 0) {
                throw new IllegalStateException("nobody knows");
            }
            Map<Integer, List<Seen>> polled = new HashMap<>();
            positions.replaceAll((key, position) -> {
                List<Long> values = log.values.getOrDefault(key, List.of());
                for (int offset = position; offset < values.size(); offset++) {
                    polled.computeIfAbsent(key, unused -> new ArrayList<>()).add(new Seen(offset, values.get(offset)));
                }
                return values.size();
            });
            return polled;
        }

        @Override
        public List<Integer> drainRebalanced() {
            return List.of();
        }

        @Override
        public Map<Integer, Long> uncommitted() {
            return Map.of();
        }

        @Override
        public void commit(Map<Integer, Long> offsets) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            positions.clear();
        }

        @Override
        public void kill() {
            close();
        }
    }
}
