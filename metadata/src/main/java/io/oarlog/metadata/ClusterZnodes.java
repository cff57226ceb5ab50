package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeData;
import java.util.List;

/**
 * The znodes that every cluster has.
 *
 * <pre>
 * /cluster/id  {"version":"1","id":"<22 characters>"}
 * </pre>
 */
final class ClusterZnodes {
    static final String ID = "/cluster/id";
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
            ProducerIds.PATH);

    private ClusterZnodes() {}

    static ZnodeData id(String clusterId) {
        return ZnodeJson.write(ZnodeJson.object().put("version", "1").put("id", clusterId));
    }

    /** @throws MalformedZnodeException when there is no id in it */
    static String readId(ZnodeData data) {
        return ZnodeJson.text(ZnodeJson.read(data), "id");
    }
}
