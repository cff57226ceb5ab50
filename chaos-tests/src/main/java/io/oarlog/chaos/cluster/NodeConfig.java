package io.oarlog.chaos.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The settings of a node: what its file says. */
final class NodeConfig {
    private NodeConfig() {}

    /**
     * All settings of a node.
     *
     * @param data its directory, as the node sees it
     */
    static Map<String, String> of(ClusterSpec spec, Substrate substrate, int node, Path data) {
        Map<String, String> settings = new TreeMap<>(spec.settings());
        Substrate.Ports ports = substrate.ports(node);
        settings.put("node.id", Integer.toString(node));
        settings.put(
                "cluster.nodes",
                IntStream.concat(IntStream.rangeClosed(1, spec.size()), IntStream.of(node))
                        .distinct()
                        .mapToObj(id -> id + "@" + substrate.host(id) + ":"
                                + substrate.ports(id).raft())
                        .collect(Collectors.joining(",")));
        settings.put("data.dir", data.toString());
        settings.put("listener", substrate.host(node) + ":" + ports.kafka());
        settings.put("advertised.listener", substrate.host(node) + ":" + ports.kafka());
        settings.put("zookeeper.listener", substrate.host(node) + ":" + ports.zooKeeper());
        return settings;
    }

    static void write(Map<String, String> settings, Path file) throws IOException {
        Files.writeString(
                file,
                settings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                        .collect(Collectors.joining()),
                StandardCharsets.UTF_8);
    }
}
