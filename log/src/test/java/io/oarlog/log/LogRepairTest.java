package io.oarlog.log;

import static io.oarlog.log.TestLog.BATCH_BYTES;
import static io.oarlog.log.TestLog.DIRECTORY;
import static io.oarlog.log.TestLog.SETTINGS;
import static io.oarlog.log.TestLog.batch;
import static io.oarlog.log.TestLog.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Segments at 0, 10 and 20, of which the last one has five batches. */
class LogRepairTest {
    private static final int END = 25;
    /** More changes than a repair makes. */
    private static final int MANY = 500;

    private final FaultyDisk disk = new FaultyDisk(3);
    private Map<Path, byte[]> sound = Map.of();

    @BeforeEach
    void fill() {
        TestLog.openWith(disk, END).close();
        sound = disk.contents();
    }

    @Test
    void shouldChangeNothingWhenTheLogIsNotSoundToTheRequiredEnd() {
        // given: a torn tail as any other, if it were not known to have been durable
        TestLog.deleteCheckpoint(disk);
        disk.flip(segment(20).logFile(), 3 * BATCH_BYTES + 70, 1);
        Map<Path, byte[]> damaged = disk.contents();

        // when, then
        assertThatThrownBy(() -> open(END))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(segment(20).logFile() + ", batch at position " + 3 * BATCH_BYTES)
                .hasMessageContaining("up to offset 25, found them up to 23");
        assertIsUnchangedSince(damaged);
        assertThat(open(23).endOffset()).isEqualTo(23);
    }

    @Test
    void shouldRefuseALeaderEpochThatTheBatchWasNotWrittenWith() {
        // given
        TestLog.deleteCheckpoint(disk);
        disk.flip(segment(20).logFile(), 3 * BATCH_BYTES + 15, 1);

        // when, then
        assertThatThrownBy(() -> openWithEpochs(END))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("batch at position " + 3 * BATCH_BYTES + ": expected leader epoch 0, found 1");
        assertThat(openWithEpochs(23).endOffset()).as("not known").isEqualTo(END);
    }

    private SegmentedLog openWithEpochs(long requiredEndOffset) {
        RequiredOffsets required = new RequiredOffsets(Long.MAX_VALUE, requiredEndOffset, new TreeMap<>(Map.of(0L, 0)));
        return SegmentedLog.open(disk, DIRECTORY, SETTINGS, new OpenFiles(10), required);
    }

    @Test
    void shouldNotBeginAnewWhenAllFilesAreGone() throws IOException {
        // given
        deleteAll();

        // when, then
        assertThatThrownBy(() -> open(1)).isInstanceOf(CorruptLogException.class);
        assertThat(disk.list(DIRECTORY)).isEmpty();
        assertThat(open(0).endOffset()).isZero();
    }

    @Test
    void shouldNotTakeLostSegmentsForDeletedOnes() {
        // given
        TestLog.deleteCheckpoint(disk);
        delete(disk, segment(0).logFile());
        Map<Path, byte[]> damaged = disk.contents();

        // when, then
        assertThatThrownBy(() -> SegmentedLog.open(
                        disk, DIRECTORY, SETTINGS, new OpenFiles(10), new RequiredOffsets(9, END, new TreeMap<>())))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining("begins at offset 10; expected records from offset 9 on");
        assertIsUnchangedSince(damaged);
        try (SegmentedLog log = SegmentedLog.open(
                disk, DIRECTORY, SETTINGS, new OpenFiles(10), new RequiredOffsets(10, END, new TreeMap<>()))) {
            assertThat(log.startOffset()).isEqualTo(10);
        }
    }

    /** What was done to the files, and the stretch that has to be written again. */
    private record Damage(String name, long from, long to, Consumer<FaultyDisk> apply) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Damage> damages() {
        return Stream.of(
                new Damage(
                        "flipped bit in the first",
                        0,
                        10,
                        disk -> disk.flip(segment(0).logFile(), 70, 1)),
                new Damage(
                        "flipped length in the middle",
                        10,
                        20,
                        disk -> disk.flip(segment(10).logFile(), 5 * BATCH_BYTES + 8, 4)),
                new Damage(
                        "flipped bit in the last",
                        20,
                        END,
                        disk -> disk.flip(segment(20).logFile(), 70, 1)),
                new Damage("short file", 10, 20, disk -> disk.put(segment(10).logFile(), new byte[BATCH_BYTES])),
                new Damage(
                        "no first file", 0, 10, disk -> delete(disk, segment(0).logFile())),
                new Damage(
                        "no file in the middle",
                        10,
                        20,
                        disk -> delete(disk, segment(10).logFile())),
                new Damage(
                        "no last file",
                        20,
                        END,
                        disk -> delete(disk, segment(20).logFile())),
                new Damage("one long file", 0, END, disk -> {
                    disk.put(segment(0).logFile(), new byte[END * BATCH_BYTES]);
                    delete(disk, segment(10).logFile());
                    delete(disk, segment(20).logFile());
                }),
                new Damage(
                        "one file too many",
                        10,
                        20,
                        disk -> disk.put(segment(15).logFile(), TestLog.expected(15, 20))));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void shouldHaveTheBytesAsTheyWere(Damage damage) {
        // given
        damage.apply.accept(disk);

        // when
        repair(damage);

        // then
        assertIsSound();
    }

    @ParameterizedTest
    @MethodSource("damages")
    void shouldBeDamagedOrSoundAfterACrashAnywhere(Damage damage) {
        boolean hasEnded = false;
        for (int n = 1; !hasEnded && n < MANY; n++) {
            for (FaultyDisk.Unsynced unsynced : FaultyDisk.Unsynced.values()) {
                // given
                restore();
                damage.apply.accept(disk);
                disk.killAfter(n);

                // when
                try {
                    repair(damage);
                    hasEnded = true;
                } catch (LogException e) {
                    assertThat(disk.isDead())
                            .as("%s at change %d, %s", e, n, unsynced)
                            .isTrue();
                }
                disk.powerCut(unsynced);

                // then
                if (!isSound()) {
                    repair(damage);
                }
                assertIsSound();
            }
        }
        assertThat(hasEnded).isTrue();
    }

    @Test
    void shouldGoOnAtAnOffsetAboveZero() throws IOException {
        // given: as of a replica whose peers have nothing below 10 any more
        deleteAll();

        // when
        LogRepair repair = LogRepair.begin(disk, DIRECTORY, SETTINGS, 10);
        append(repair, 10, END);
        repair.commit(END);

        // then
        SegmentedLog log = open(END);
        assertThat(log.startOffset()).isEqualTo(10);
        assertThat(TestLog.readAll(log, 10)).isEqualTo(TestLog.expected(10, END));
    }

    @Test
    void shouldNotCommitLessThanTheStretch() {
        // given
        LogRepair repair = LogRepair.begin(disk, DIRECTORY, SETTINGS, 10);
        append(repair, 10, 19);

        // when, then
        assertThatThrownBy(() -> repair.commit(20)).isInstanceOf(IllegalArgumentException.class);
        repair.close();
        assertIsSound();
    }

    private SegmentedLog open(long requiredEndOffset) {
        return SegmentedLog.open(disk, DIRECTORY, SETTINGS, new OpenFiles(10), RequiredOffsets.upTo(requiredEndOffset));
    }

    private void repair(Damage damage) {
        try (LogRepair repair = LogRepair.begin(disk, DIRECTORY, SETTINGS, damage.from)) {
            append(repair, damage.from, damage.to);
            repair.commit(damage.to);
        }
    }

    private static void append(LogRepair repair, long from, long to) {
        for (long offset = from; offset < to; offset++) {
            ByteBuffer bytes = batch(offset).build();
            repair.append(bytes, List.of(BatchHeader.read(bytes, 0)));
        }
    }

    private boolean isSound() {
        try (SegmentedLog log = open(END)) {
            return Arrays.equals(TestLog.readAll(log, 0), TestLog.expected(0, END));
        } catch (CorruptLogException e) {
            return false;
        }
    }

    private void assertIsSound() {
        try (SegmentedLog log = open(END)) {
            assertThat(TestLog.readAll(log, 0)).isEqualTo(TestLog.expected(0, END));
            assertThat(log.segments()).hasSize(3);
            for (long offset = 0; offset < END; offset++) {
                assertThat(log.offsetForTimestamp(1_000 + offset, END)
                                .orElseThrow()
                                .offset())
                        .isEqualTo(offset);
            }
        }
        assertThat(disk.contents().keySet()).isEqualTo(sound.keySet());
        for (long base : new long[] {0, 10, 20}) {
            assertThat(disk.content(segment(base).logFile()))
                    .isEqualTo(sound.get(segment(base).logFile()));
        }
    }

    private void assertIsUnchangedSince(Map<Path, byte[]> before) {
        assertThat(disk.contents().keySet()).isEqualTo(before.keySet());
        before.forEach((path, bytes) -> assertThat(disk.content(path)).isEqualTo(bytes));
    }

    private void restore() {
        disk.contents().keySet().forEach(path -> delete(disk, path));
        sound.forEach(disk::put);
    }

    private void deleteAll() {
        sound.keySet().forEach(path -> delete(disk, path));
    }

    private static void delete(FaultyDisk disk, Path path) {
        try {
            disk.delete(path);
            disk.syncDirectory(DIRECTORY);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
