package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.FaultyDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SegmentSettingsTest {
    private static final Path DIRECTORY = Path.of("/partition");
    private static final Path FILE = DIRECTORY.resolve(SegmentSettings.FILE);
    private static final SegmentSettings SMALL = new SegmentSettings(1 << 20, 60_000);
    private static final SegmentSettings LARGE = new SegmentSettings(1 << 30, Long.MAX_VALUE);

    private final FaultyDisk disk = new FaultyDisk(7);

    private SegmentSettingsTest() throws IOException {
        disk.createDirectories(DIRECTORY);
    }

    @Test
    void shouldBeThereAfterAPowerCut() throws IOException {
        // given
        assertThat(SegmentSettings.read(disk, DIRECTORY)).isEmpty();
        SMALL.write(disk, DIRECTORY);
        LARGE.write(disk, DIRECTORY);

        // when
        disk.powerCut(FaultyDisk.Unsynced.LOST);

        // then
        assertThat(SegmentSettings.read(disk, DIRECTORY)).contains(LARGE);
    }

    @Test
    void shouldNotBelieveAFlippedBit() throws IOException {
        SMALL.write(disk, DIRECTORY);
        for (long position = 0; position < 20; position++) {
            disk.flip(FILE, position, 1);
            assertThat(SegmentSettings.read(disk, DIRECTORY))
                    .as("byte %d", position)
                    .isEmpty();
            disk.flip(FILE, position, 1);
        }
        assertThat(SegmentSettings.read(disk, DIRECTORY)).contains(SMALL);
    }

    @ParameterizedTest
    @EnumSource
    void shouldHaveTheOldOrTheNewOnesAfterACrashAnywhere(FaultyDisk.Unsynced unsynced) throws IOException {
        boolean isDone = false;
        for (int steps = 0; !isDone; steps++) {
            FaultyDisk crashing = new FaultyDisk(steps);
            crashing.createDirectories(DIRECTORY);
            SMALL.write(crashing, DIRECTORY);
            crashing.killAfter(steps);
            try {
                LARGE.write(crashing, DIRECTORY);
                isDone = true;
            } catch (IOException e) {
                // killed
            }
            crashing.restart();
            crashing.powerCut(unsynced);
            assertThat(SegmentSettings.read(crashing, DIRECTORY).orElseThrow())
                    .as("after %d steps", steps)
                    .isIn(isDone ? new SegmentSettings[] {LARGE} : new SegmentSettings[] {SMALL, LARGE});
        }
    }
}
