package io.oarlog.chaos;

import io.oarlog.chaos.checker.Anomaly;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.cluster.Cluster;
import io.oarlog.chaos.cluster.SegmentFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Compares the replicas of each partition byte by byte, in the nodes' files. */
final class ReplicaComparison {
    private static final String NAME = "replicas-identical";
    private static final int REPLICAS = 3;

    private ReplicaComparison() {}

    /**
     * Looks again and again until all are the same, for so long at most: followers may have something to catch up.
     *
     * @param topicPrefix of the topics that are compared
     */
    static Verdict of(Cluster cluster, String topicPrefix, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Verdict verdict = look(cluster, topicPrefix);
        while (verdict.outcome() != Verdict.Outcome.VALID && System.nanoTime() < deadline) {
            TimeUnit.SECONDS.sleep(1);
            verdict = look(cluster, topicPrefix);
        }
        return verdict;
    }

    private static Verdict look(Cluster cluster, String topicPrefix) {
        Map<String, Map<Integer, String>> digests = new TreeMap<>();
        for (int node = 1; node <= cluster.size(); node++) {
            int each = node;
            SegmentFiles.of(cluster.data(node)).forEach((partition, files) -> {
                if (partition.startsWith(topicPrefix)) {
                    digests.computeIfAbsent(partition, unused -> new TreeMap<>())
                            .put(each, digest(files));
                }
            });
        }
        if (digests.isEmpty()) {
            return Verdict.unknown(NAME, "no segments");
        }
        List<Anomaly> anomalies = new ArrayList<>();
        digests.forEach((partition, byNode) -> {
            if (byNode.values().stream().distinct().count() != 1
                    || byNode.size() != Math.min(REPLICAS, cluster.size())) {
                anomalies.add(new Anomaly("partition " + partition + " by node: " + byNode, List.of()));
            }
        });
        return Verdict.of(NAME, digests.size() + " partitions", anomalies);
    }

    /** Length and hash of all segments, one after the other. */
    private static String digest(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            List<InputStream> streams = new ArrayList<>();
            for (Path file : files) {
                streams.add(Files.newInputStream(file));
            }
            long length = 0;
            try (InputStream bytes = new SequenceInputStream(Collections.enumeration(streams))) {
                byte[] buffer = new byte[1 << 16];
                for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                    digest.update(buffer, 0, read);
                    length += read;
                }
            }
            return length + " bytes " + HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
