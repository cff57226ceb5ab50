package io.oarlog.chaos.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What kind of cluster is wanted.
 *
 * @param run names everything of this run that the machine keeps: namespaces, containers, labels; short, of letters and digits
 * @param size number of nodes, 1 to 5, with the ids from 1
 * @param guests that nodes can come and go as, with the ids above the size
 * @param directory of everything that the run writes; exists
 * @param serverJar the broker
 * @param chaosJar this program, for the clients
 * @param settings of every node, beside those that it needs
 * @param jvmArguments of every node
 */
public record ClusterSpec(
        String run,
        int size,
        int guests,
        Path directory,
        Path serverJar,
        Path chaosJar,
        Map<String, String> settings,
        List<String> jvmArguments) {
    public ClusterSpec {
        settings = Map.copyOf(settings);
        jvmArguments = List.copyOf(jvmArguments);
    }

    /** Of nodes that there may be at a time. */
    int places() {
        return size + guests;
    }

    Path nodeDirectory(int node) {
        return directory.resolve("node-" + node);
    }
}
