package io.oarlog.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OperatorProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private ClusterSpec spec;
    private UndoJournal journal;

    @BeforeEach
    void prepare() {
        spec = new ClusterSpec("unit", 3, 0, directory, Path.of("server"), Path.of("chaos"), Map.of(), List.of());
        journal = new UndoJournal(directory.resolve("undo"));
    }

    @Test
    void shouldTellStatusAndWhatWasPrinted() throws Exception {
        try (OperatorCommand command =
                OperatorProcess.start(spec, journal, List.of("sh", "-c", "echo out; echo err >&2; exit 3"))) {
            assertThat(command.await(LIMIT)).isEqualTo(new Tool.Result(3, "out\nerr"));
        }
    }

    @Test
    void shouldBeEndedByTheWatchdogWhenItsStarterIsGone() throws Exception {
        // when
        try (OperatorCommand command = OperatorProcess.start(spec, journal, List.of("sleep", "1000"))) {
            // then
            assertThat(command.result()).isEmpty();
            assertThat(UndoJournal.left(journal.file()))
                    .singleElement()
                    .satisfies(undo -> assertThat(undo).startsWith("kill", "-9"));

            // when
            journal.undoAll();

            // then
            await().atMost(LIMIT).until(() -> command.result().isPresent());
        }
    }

    @Test
    void shouldLeaveNothingWhenItIsClosed() throws Exception {
        // when
        OperatorProcess.start(spec, journal, List.of("sleep", "1000")).close();

        // then
        await().atMost(LIMIT).until(() -> UndoJournal.left(journal.file()).isEmpty());
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(journal.file());
        }
    }

    @Test
    void shouldEndWhatTakesTooLong() throws Exception {
        try (OperatorCommand command = OperatorProcess.start(spec, journal, List.of("sleep", "1000"))) {
            assertThat(command.await(Duration.ofMillis(100)).status()).isEqualTo(124);
            await().atMost(LIMIT).until(() -> UndoJournal.left(journal.file()).isEmpty());
        }
    }
}
