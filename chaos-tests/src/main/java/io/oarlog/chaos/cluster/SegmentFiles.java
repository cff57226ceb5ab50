package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The segment files below a node's data directory: {@code log/<topic>/<partition>.<group>/<base offset>.log}. */
public final class SegmentFiles {
    private SegmentFiles() {}

    /** Segments by partition, {@code topic/partition.group}, in the order of their offsets. */
    public static SortedMap<String, List<Path>> of(Path data) {
        SortedMap<String, List<Path>> byPartition = new TreeMap<>();
        Path logs = data.resolve("log");
        if (!Files.isDirectory(logs)) {
            return byPartition;
        }
        try (Stream<Path> files = Files.walk(logs, 3)) {
            files.filter(file -> file.toString().endsWith(".log")).sorted().forEach(file -> {
                String partition = logs.relativize(file).subpath(0, 2).toString();
                byPartition
                        .computeIfAbsent(partition, unused -> new ArrayList<>())
                        .add(file);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byPartition;
    }
}
