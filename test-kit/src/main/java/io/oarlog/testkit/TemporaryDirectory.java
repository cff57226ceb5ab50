package io.oarlog.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of ours below {@code java.io.tmpdir}. Immutable.
 *
 * @param path of the directory, which no other process uses
 */
record TemporaryDirectory(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryDirectory.class);

    /** @throws UncheckedIOException when it cannot be made */
    static TemporaryDirectory create() {
        try {
            return new TemporaryDirectory(Files.createTempDirectory("oarlog-"));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no temporary directory for the brokers (" + e.getMessage()
                            + "); set java.io.tmpdir to one that can be" + " written to",
                    e);
        }
    }

    /** Deletes it with all that is in it. What cannot be deleted is told in the log, and left: no test fails for it. */
    void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> below = Files.walk(path)) {
            List<Path> deepestFirst = below.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.atWarn().addKeyValue("directory", path).setCause(e).log("not all of the brokers' files are deleted");
        }
    }
}
