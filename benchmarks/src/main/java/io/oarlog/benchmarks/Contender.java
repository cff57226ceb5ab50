package io.oarlog.benchmarks;

import io.oarlog.metadata.zookeeper.ApacheZooKeeper;
import io.oarlog.metadata.zookeeper.Ensemble;
import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What ZooKeeper's clients are served by: three processes with the same flags, and a heap for the znodes of a whole round. */
enum Contender {
    OARLOG,
    ZOOKEEPER;

    private static final List<String> JVM =
            List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-Dlogback.configurationFile=node-logback.xml");

    /** Returns when all nodes serve. */
    Ensemble start(Path directory) throws IOException {
        return switch (this) {
            case OARLOG -> OarlogBrokers.start(directory, JVM, Oarlog.class.getName());
            case ZOOKEEPER -> ApacheZooKeeper.start(directory, JVM);
        };
    }
}
