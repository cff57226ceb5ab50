package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.List;
import java.util.Optional;

/**
 * The znodes that every cluster has.
 *
 * <pre>
 * /cluster/id          {"version":"1","id":"<22 characters>"}
 * /cluster/nodes/ID    {"version":"1","name":".."}
 * </pre>
 *
 * <p>Each node writes under which name it takes part. Another name means another disk, see {@link #refusal}.
 */
final class ClusterZnodes {
    static final String ID = "/cluster/id";
    private static final String NODES = "/cluster/nodes";
    /** Below it stand the names of groups. */
    static final String GROUPS = "/consumers";

    /** Without data, parents first. */
    static final List<String> BASE = List.of(
            "/brokers",
            BrokerZnodes.IDS,
            TopicZnodes.TOPICS,
            "/config",
            TopicZnodes.CONFIGS,
            GROUPS,
            "/cluster",
            NODES,
            ProducerIds.PATH);

    private ClusterZnodes() {}

    static String node(int id) {
        return NODES + "/" + id;
    }

    static ZnodeData nodeName(String name) {
        return ZnodeJson.write(ZnodeJson.object().put("version", "1").put("name", name));
    }

    /**
     * Why a node with an empty disk may not take part: what was on the disk that it had may come back.
     *
     * @param name by which it would be known from now on
     * @param formerName by which it was known with the same disk, if it was
     */
    static Optional<String> refusal(ZnodeTree tree, int id, String name, Optional<String> formerName) {
        Optional<String> known = tree.get(node(id)).map(znode -> ZnodeJson.text(ZnodeJson.read(znode.data()), "name"));
        if (known.isEmpty() || known.get().equals(name) || known.equals(formerName)) {
            return Optional.empty();
        } else if (tree.exists(BrokerZnodes.path(id))) {
            return Optional.of(
                    "node " + id + " runs already, with another disk: give this one an id of its own, or stop"
                            + " the other one first");
        }
        return Optional.of(
                "node " + id + " has an empty disk, and had another one before: mount that one again, or if it"
                        + " is lost for good run 'oarlog node replace " + id + "' and start this node again");
    }

    static ZnodeData id(String clusterId) {
        return ZnodeJson.write(ZnodeJson.object().put("version", "1").put("id", clusterId));
    }

    /** @throws MalformedZnodeException when there is no id in it */
    static String readId(ZnodeData data) {
        return ZnodeJson.text(ZnodeJson.read(data), "id");
    }
}
