package io.oarlog.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of a log, seen from outside. */
final class SegmentFiles {
    private SegmentFiles() {}

    /** The files of batches, in offset order. */
    static List<Path> of(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Makes the directory {@code copy} with what is left of the log when its process is killed now: hard links to its
     * files. So they take no space and are as much in the page cache as those of the log, and what the log does to its
     * files when it is closed, which is to replace them, is not seen there.
     */
    static void linkAll(Path log, Path copy) throws IOException {
        Files.createDirectory(copy);
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                Files.createLink(copy.resolve(file.getFileName()), file);
            }
        }
    }
}
