package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoStreamTest {
    @TempDir
    Path directory;

    @Test
    void shouldStreamAShortFileUntilThereAreEnoughLines() throws IOException {
        // given
        Path file = Files.writeString(directory.resolve("short"), "a\nb\n");

        // when
        DemoStream stream = DemoStream.of(file, 1_000, 1 << 20);

        // then
        assertThat(stream.lines()).isEqualTo(1_000);
    }

    @Test
    void shouldNotStreamLongLinesUntilTheDiskIsFull() throws IOException {
        // given
        Path file = Files.writeString(directory.resolve("long"), "x".repeat(500_000));

        // when
        DemoStream stream = DemoStream.of(file, 100_000, 1 << 20);

        // then
        assertThat(stream.lines()).isEqualTo(3);
    }
}
