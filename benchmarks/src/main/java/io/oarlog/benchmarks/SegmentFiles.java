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
     * Makes the directory {@code copy} with what a killed process left of a log: hard links to its segments, so that they
     * take no space and are as much in the page cache, and copies of the files beside them, which are written anew.
     */
    static void linkAll(Path log, Path copy) throws IOException {
        Files.createDirectory(copy);
        List<Path> segments = of(log);
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(file.getFileName());
                if (segments.contains(file)) {
                    Files.createLink(target, file);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
