package io.oarlog.server.cli;

import java.util.List;
import java.util.Set;

/**
 * Where the nodes 1, 2, ... of a cluster on this machine are. Immutable.
 *
 * @param host address of this machine at which clients are served; nodes talk to each other on the loopback address
 * @param kafkaPorts may change from start to start
 * @param raftPorts must stay: the groups on disk know their members by them
 * @param zooKeeperPorts empty: ZooKeeper clients are not served
 */
record ClusterLayout(String host, List<Integer> kafkaPorts, List<Integer> raftPorts, List<Integer> zooKeeperPorts) {
    static final String LOOPBACK = "127.0.0.1";

    private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");

    ClusterLayout {
        kafkaPorts = List.copyOf(kafkaPorts);
        raftPorts = List.copyOf(raftPorts);
        zooKeeperPorts = List.copyOf(zooKeeperPorts);
    }

    /** On the loopback address, without ZooKeeper clients. */
    static ClusterLayout local(List<Integer> kafkaPorts, List<Integer> raftPorts) {
        return new ClusterLayout(LOOPBACK, kafkaPorts, raftPorts, List.of());
    }

    int size() {
        return raftPorts.size();
    }

    boolean servesZooKeeperClients() {
        return !zooKeeperPorts.isEmpty();
    }

    /** What a client on this machine connects to. */
    String reachableHost() {
        return EVERY_ADDRESS.contains(host) ? LOOPBACK : host;
    }

    /** What the node binds for Kafka clients. */
    String kafkaListener(int node) {
        return host + ":" + kafkaPorts.get(node - 1);
    }

    /** What the node binds for ZooKeeper clients. */
    String zooKeeperListener(int node) {
        return host + ":" + zooKeeperPorts.get(node - 1);
    }

    /** The node's place in {@code cluster.nodes}. */
    String raftNode(int node) {
        return node + "@" + LOOPBACK + ":" + raftPorts.get(node - 1);
    }
}
