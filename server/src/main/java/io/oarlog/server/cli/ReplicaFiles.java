package io.oarlog.server.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Compares the segment files of a partition's replicas. */
final class ReplicaFiles {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private ReplicaFiles() {}

    /**
     * Waits until the replicas below the nodes' data directories have the same segments, byte for byte.
     *
     * @return false when they still differ after {@code limit}
     */
    static boolean awaitIdentical(List<Path> dataDirectories, String topic, int partition, Duration limit)
            throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!areIdentical(dataDirectories, topic, partition)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }

    static boolean areIdentical(List<Path> dataDirectories, String topic, int partition) throws IOException {
        List<Path> first = segments(dataDirectories.get(0), topic, partition);
        for (Path dataDirectory : dataDirectories.subList(1, dataDirectories.size())) {
            List<Path> other = segments(dataDirectory, topic, partition);
            if (first.isEmpty() || other.size() != first.size()) {
                return false;
            }
            for (int i = 0; i < first.size(); i++) {
                if (!first.get(i).getFileName().equals(other.get(i).getFileName())
                        || Files.mismatch(first.get(i), other.get(i)) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static List<Path> segments(Path dataDirectory, String topic, int partition) throws IOException {
        Path topicDirectory = dataDirectory.resolve("log").resolve(topic);
        Optional<Path> directory;
        try (Stream<Path> partitions = Files.list(topicDirectory)) {
            directory = partitions
                    .filter(p -> p.getFileName().toString().startsWith(partition + "."))
                    .findFirst();
        }
        if (directory.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory.get())) {
            return new ArrayList<>(
                    files.filter(f -> f.toString().endsWith(".log")).sorted().toList());
        }
    }
}
