package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Three nodes in a process each, as all measurements have them: the jar that {@code oarlog server} runs, with its archive of loaded
 * classes, where the property {@value #JAR} names it; else the classes of the benchmarks, which start more slowly.
 */
final class MeasuredBrokers {
    static final String HEAP = "512m";
    private static final String JAR = "oarlog.benchmarks.server.jar";

    private MeasuredBrokers() {}

    /**
     * Returns when all of them serve.
     *
     * @param heap of each node, as -Xmx has it
     * @param settings beside those that a node needs
     */
    static OarlogBrokers start(Path directory, String heap, Map<String, String> settings) throws IOException {
        List<String> jvm =
                Stream.concat(Stream.of("-Xmx" + heap, "-XX:+UseG1GC"), code()).toList();
        return OarlogBrokers.start(directory, jvm, Oarlog.class.getName(), settings);
    }

    private static Stream<String> code() {
        String jar = System.getProperty(JAR);
        if (jar == null) {
            return Stream.of("-Dlogback.configurationFile=node-logback.xml");
        }
        Path archive = Path.of(jar.replaceFirst("\\.jar$", ".jsa"));
        return Stream.concat(
                Files.exists(archive) ? Stream.of("-XX:SharedArchiveFile=" + archive) : Stream.empty(),
                Stream.of("-cp", jar));
    }
}
