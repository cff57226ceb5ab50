package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.Disk;
import io.oarlog.log.DiskFile;
import io.oarlog.log.ForwardingDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceTest {
    private static final UUID GROUP = UUID.randomUUID();

    @TempDir
    Path directory;

    private long nowMillis = 1_800_000_000_000L;

    private Evidence evidence(Disk disk) {
        return new Evidence(disk, directory, () -> nowMillis++);
    }

    private static boolean isThis(Thread thread) {
        return thread == Thread.currentThread();
    }

    @Test
    void shouldSayWhatItIsAboutAndWhatThoseThreadsDo() throws IOException {
        String file = evidence(Disk.system()).leave(GROUP, "a replica", EvidenceTest::isThis);
        assertThat(Path.of(file)).hasParent(directory.resolve("evidence"));
        assertThat(Files.readString(Path.of(file)))
                .startsWith("a replica\n")
                .contains(Thread.currentThread().getName() + " RUNNABLE", "io.oarlog.raft.EvidenceTest.shouldSay")
                .doesNotContain("Finalizer");
    }

    @Test
    void shouldKeepTheNewest() throws IOException {
        // given
        Evidence evidence = evidence(Disk.system());
        Path others = Files.createDirectories(directory.resolve("evidence")).resolve("0-notes");
        Files.writeString(others, "not one of these");

        // when
        List<Path> written = new ArrayList<>();
        for (int i = 0; i < Evidence.MAX_FILES + 5; i++) {
            written.add(Path.of(evidence.leave(GROUP, "number " + i, EvidenceTest::isThis)));
        }

        // then
        List<Path> expected = new ArrayList<>(written.subList(5, written.size()));
        expected.add(others);
        try (Stream<Path> files = Files.list(directory.resolve("evidence"))) {
            assertThat(files).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void shouldSayWhyThereIsNone() {
        Disk full = new ForwardingDisk(Disk.system()) {
            @Override
            public DiskFile open(Path path) throws IOException {
                throw new IOException("no space");
            }
        };
        assertThat(evidence(full).leave(GROUP, "a replica", EvidenceTest::isThis))
                .isEqualTo("none: java.io.IOException: no space");
    }
}
