package io.oarlog.chaos.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.history.EdnReader;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryRecorderTest {
    private static final int THREADS = 4;
    private static final int EACH = 500;

    @TempDir
    private Path directory;

    @Test
    void shouldWriteInOneOrderWhateverTheThreads() throws Exception {
        // given
        Path file = directory.resolve("history.edn");
        try (HistoryRecorder recorder = new HistoryRecorder(file, System.nanoTime())) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int process = i;
                threads.add(new Thread(() -> crash(recorder, process)));
            }

            // when
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }

        // then
        History history = EdnReader.read(file);
        assertThat(history.ops()).hasSize(2 * THREADS * EACH);
        assertThat(history.ops()).isSortedAccordingTo(Comparator.comparingLong(Op::timeNanos));
        for (int process = 0; process < THREADS; process++) {
            int each = process;
            assertThat(history.ops().stream()
                            .filter(op -> op.process() == each)
                            .map(Op::type)
                            .limit(2))
                    .containsExactly(OpType.INVOKE, OpType.INFO);
        }
    }

    private static void crash(HistoryRecorder recorder, int process) {
        for (int i = 0; i < EACH; i++) {
            recorder.invoke(process, OpFunction.CRASH, new Nothing());
            recorder.complete(process, OpType.INFO, OpFunction.CRASH, new Nothing(), List.of(), null);
        }
    }
}
