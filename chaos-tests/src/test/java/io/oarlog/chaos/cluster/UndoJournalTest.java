package io.oarlog.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UndoJournalTest {
    @TempDir
    private Path directory;

    @Test
    void shouldGiveWhatIsNotUndoneWithTheLastFirst() throws IOException {
        // given
        UndoJournal journal = new UndoJournal(directory.resolve("journal"));
        journal.willDo(List.of("first"));
        long second = journal.willDo(List.of("second"));
        journal.willDo(List.of("third", "argument"));

        // when
        journal.undone(second);

        // then
        assertThat(UndoJournal.left(journal.file())).containsExactly(List.of("third", "argument"), List.of("first"));
    }

    @Test
    void shouldReadUpToATornLine() throws IOException {
        // given
        UndoJournal journal = new UndoJournal(directory.resolve("journal"));
        journal.willDo(List.of("first"));

        // when
        Files.writeString(journal.file(), "{\"id\":1,\"un", StandardOpenOption.APPEND);

        // then
        assertThat(UndoJournal.left(journal.file())).containsExactly(List.of("first"));
    }

    @Test
    void shouldHaveNothingLeftWithoutAFile() throws IOException {
        assertThat(UndoJournal.left(directory.resolve("none"))).isEmpty();
    }

    @Test
    void shouldUndoEachOnce() throws IOException {
        // given
        Path log = directory.resolve("log");
        UndoJournal journal = new UndoJournal(directory.resolve("journal"));
        journal.willDo(append("a", log));
        long second = journal.willDo(append("b", log));

        // when
        journal.undo(second);
        journal.undoAll();
        journal.undoAll();

        // then
        assertThat(log).hasContent("b\na\n");
        assertThat(UndoJournal.left(journal.file())).isEmpty();
    }

    @Test
    void shouldBeUndoneByTheWatchdogWhenItsStarterIsGone() throws Exception {
        // given
        Path log = directory.resolve("log");
        UndoJournal journal = new UndoJournal(directory.resolve("journal"));
        Process watchdog = Watchdog.start(Path.of(System.getProperty("java.class.path")), journal);
        journal.willDo(append("undone", log));

        // when
        watchdog.getOutputStream().close();

        // then
        assertThat(watchdog.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(log).hasContent("undone\n");
    }

    private static List<String> append(String text, Path file) {
        return List.of("sh", "-c", "echo " + text + " >> '" + file + "'");
    }
}
