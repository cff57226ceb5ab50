package io.oarlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.log.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path directory;

    @Test
    void shouldNotHoldADirectoryThatABrokerUses() throws IOException {
        try (DataDirectory used = DataDirectory.open(Disk.system(), directory, 1)) {
            assertThat(DataDirectory.holdUnused(directory)).isEmpty();
            assertThat(used).isNotNull();
        }
    }

    @Test
    void shouldKeepBrokersFromADirectoryThatIsHeld() throws IOException {
        // given
        DataDirectory.open(Disk.system(), directory, 1).close();

        // when
        try (Closeable held = DataDirectory.holdUnused(directory).orElseThrow()) {
            // then
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> DataDirectory.open(Disk.system(), directory, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another broker process uses it");
        }
        DataDirectory.open(Disk.system(), directory, 1).close();
    }

    @Test
    void shouldCreateNoLockFile() throws IOException {
        // when
        DataDirectory.holdUnused(directory).orElseThrow().close();

        // then
        assertThat(directory).isEmptyDirectory();
    }
}
