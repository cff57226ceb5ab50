package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        List<String> jvm = Stream.concat(Stream.of("-Xmx" + heap, "-XX:+UseG1GC"), code().stream())
                .toList();
        return OarlogBrokers.start(directory, jvm, Oarlog.class.getName(), settings);
    }

    /** Arguments of a JVM that runs Oarlog; with the class path of the benchmarks where no other is named. */
    static List<String> code() {
        String jar = System.getProperty(JAR);
        if (jar == null) {
            return List.of(
                    "-Dlogback.configurationFile=node-logback.xml", "-cp", System.getProperty("java.class.path"));
        }
        List<String> arguments = new ArrayList<>();
        Path archive = Path.of(jar.replaceFirst("\\.jar$", ".jsa"));
        if (Files.exists(archive)) {
            arguments.add("-XX:SharedArchiveFile=" + archive);
        }
        arguments.addAll(List.of("-cp", jar));
        return arguments;
    }
}
