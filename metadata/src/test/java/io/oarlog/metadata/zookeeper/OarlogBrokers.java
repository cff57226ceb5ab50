package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Brokers that serve ZooKeeper clients too, for the modules that have the broker. */
public final class OarlogBrokers {
    private OarlogBrokers() {}

    /**
     * Returns when all nodes serve.
     *
     * @param directory of the data and the output of all nodes
     * @param mainClass of Oarlog's command line
     */
    public static Ensemble start(Path directory, List<String> jvmArguments, String mainClass) throws IOException {
        return ProcessEnsemble.start(
                directory, jvmArguments, (addresses, node, home) -> configure(mainClass, addresses, node, home));
    }

    private static List<String> configure(String mainClass, ProcessEnsemble.Addresses addresses, int node, Path home)
            throws IOException {
        String nodes = IntStream.rangeClosed(1, Ensemble.NODES)
                .mapToObj(each -> each + "@" + addresses.first(each))
                .collect(Collectors.joining(","));
        Path config = Files.writeString(
                home.resolve("server.properties"),
                String.join(
                        "\n",
                        "node.id=" + node,
                        "cluster.nodes=" + nodes,
                        "data.dir=" + home.resolve("data").toString().replace("\\", "\\\\"),
                        "listener=" + addresses.second(node),
                        "zookeeper.listener=" + addresses.client(node),
                        ""));
        return List.of(mainClass, "server", "--config", config.toString());
    }
}
