package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Three nodes in a process each, as all measurements have them. */
final class MeasuredBrokers {
    static final String HEAP = "512m";

    private MeasuredBrokers() {}

    /**
     * Returns when all of them serve.
     *
     * @param heap of each node, as -Xmx has it
     * @param settings beside those that a node needs
     */
    static OarlogBrokers start(Path directory, String heap, Map<String, String> settings) throws IOException {
        return OarlogBrokers.start(
                directory,
                List.of("-Xmx" + heap, "-XX:+UseG1GC", "-Dlogback.configurationFile=node-logback.xml"),
                Oarlog.class.getName(),
                settings);
    }
}
