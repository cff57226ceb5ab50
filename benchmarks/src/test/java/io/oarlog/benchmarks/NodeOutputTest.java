package io.oarlog.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeOutputTest {
    @TempDir
    Path directory;

    @Test
    void shouldKeepWhatEachNodePrinted() throws IOException {
        // given
        Path ensemble = directory.resolve("OARLOG-2");
        Path first = Files.createDirectories(ensemble.resolve("node-1"));
        Files.writeString(first.resolve("node.log"), "out of memory\n");
        Files.writeString(first.resolve("server.properties"), "node.id=1\n");
        Files.createDirectories(ensemble.resolve("node-2"));

        // when
        Path kept = NodeOutput.keep(ensemble, directory.resolve("results"));
        Path again = NodeOutput.keep(ensemble, directory.resolve("results"));

        // then
        assertThat(kept).startsWith(directory.resolve("results"));
        assertThat(kept.toFile().list()).containsExactly("node-1.log");
        assertThat(kept.resolve("node-1.log")).hasContent("out of memory");
        assertThat(again).isNotEqualTo(kept);
    }
}
