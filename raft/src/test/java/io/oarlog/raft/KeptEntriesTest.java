package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stays of a Raft log behind a snapshot. */
class KeptEntriesTest {
    private static final Duration AGE = Duration.ofMinutes(10);

    @TempDir
    private Path group;

    @ParameterizedTest
    @CsvSource({
        "1000, -1, 500", // nothing is old: the most that may stay
        "1000, 700, 700",
        "1000, 990, 900", // all is old: the least that must stay
        "1000, 300, 500",
        "60, 60, -40", // fewer than must stay
    })
    void shouldKeepWhatIsYoungBetweenTheLeastAndTheMost(long snapshotIndex, long oldIndex, long unneeded) {
        assertThat(new KeptEntries(100, 500, AGE).unneededIndex(snapshotIndex, oldIndex))
                .isEqualTo(unneeded);
    }

    @Test
    void shouldKeepSoManyWhateverTheirAge() {
        KeptEntries kept = KeptEntries.of(100);

        assertThat(kept.unneededIndex(1_000, -1)).isEqualTo(900);
        assertThat(kept.unneededIndex(1_000, 999)).isEqualTo(900);
    }

    @Test
    void shouldRefuseMoreAtLeastThanAtMost() {
        assertThatThrownBy(() -> new KeptEntries(2, 1, AGE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTellTheAgeOfEntriesByTheirFiles() throws IOException {
        // given: the one in the midst was closed lately, a start may have touched the others
        file("log_0-9", AGE.multipliedBy(2));
        file("log_10-19", AGE.multipliedBy(2));
        file("log_20-29", AGE.dividedBy(2));
        file("log_30-39", AGE.multipliedBy(2));
        file("log_inprogress_40", AGE.multipliedBy(2));

        // then
        assertThat(lastOlderThan(AGE.multipliedBy(3))).isEqualTo(-1);
        assertThat(lastOlderThan(AGE)).isEqualTo(19);
        assertThat(lastOlderThan(Duration.ZERO)).isEqualTo(39);
    }

    private long lastOlderThan(Duration age) throws IOException {
        return RaftLogFile.lastIndexOlderThan(age, RaftLogFile.list(group));
    }

    private void file(String name, Duration age) throws IOException {
        Path file = Files.createDirectories(RaftLogFile.directory(group)).resolve(name);
        Files.writeString(file, "RaftLog1");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
