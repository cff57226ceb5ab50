package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** Which servers the tests of the protocol run against. */
final class Ensembles {
    /** Apache ZooKeeper judges the tests themselves. */
    private static final String ORACLE_PROPERTY = "oarlog.zookeeper.oracle";

    private static final List<String> SMALL_JVM = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private Ensembles() {}

    /** Returns when all nodes serve. */
    static Ensemble start(Path directory) throws IOException {
        if (Boolean.getBoolean(ORACLE_PROPERTY)) {
            return ApacheZooKeeper.start(directory, SMALL_JVM);
        }
        Ensemble ours = new Ours(ThreeZooKeeperNodes.start(directory, UnaryOperator.identity()));
        ours.awaitServing();
        return ours;
    }

    /** Our nodes with the settings that users get. */
    private record Ours(ThreeZooKeeperNodes nodes) implements Ensemble {
        @Override
        public String address(int node) {
            return nodes.address(node);
        }

        @Override
        public void start(int node) throws IOException {
            nodes.start(node);
        }

        @Override
        public void kill(int node) {
            nodes.stop(node);
        }

        @Override
        public void close() {
            nodes.close();
        }
    }
}
