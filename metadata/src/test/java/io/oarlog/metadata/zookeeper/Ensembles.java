package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Which servers the tests of the protocol run against. */
final class Ensembles {
    private static final List<String> SMALL_JVM = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private Ensembles() {}

    /** Returns when all nodes serve. */
    static Ensemble start(Path directory) throws IOException {
        return ApacheZooKeeper.start(directory, SMALL_JVM);
    }
}
