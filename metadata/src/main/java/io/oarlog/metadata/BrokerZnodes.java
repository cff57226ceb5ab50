package io.oarlog.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.raft.ReplicaCapacity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ephemeral znode of a live broker as classic Kafka lays it out.
 *
 * <pre>
 * /brokers/ids/ID  {"listener_security_protocol_map":{"NAME":"PLAINTEXT"},"endpoints":["NAME://host:port"],
 *                   "jmx_port":-1,"features":{},"host":"..","timestamp":"..","port":9092,"version":5,
 *                   "replica_capacity":440,"scarce_resource":".."}
 * </pre>
 *
 * There is one endpoint for each listener; {@code host} and {@code port} are the first one's. An endpoint's host may be {@code *}
 * ({@link BrokerEndpoint#SAME_HOST}); then {@code host} is the loopback address. The last two are not Kafka's, and may be missing.
 */
final class BrokerZnodes {
    static final String IDS = "/brokers/ids";

    private static final String SCHEME_END = "://";
    private static final String LOOPBACK = "127.0.0.1";
    private static final String CAPACITY = "replica_capacity";
    private static final String SCARCE = "scarce_resource";

    private BrokerZnodes() {}

    static String path(int brokerId) {
        return IDS + "/" + brokerId;
    }

    /** @param timeMillis when it registers, ms since the epoch */
    static ZnodeData registration(BrokerRegistration broker, long timeMillis) {
        ObjectNode json = ZnodeJson.object();
        ObjectNode protocols = json.putObject("listener_security_protocol_map");
        ArrayNode endpoints = json.putArray("endpoints");
        for (BrokerEndpoint endpoint : broker.endpoints()) {
            protocols.put(endpoint.listener(), "PLAINTEXT");
            endpoints.add(endpoint.listener() + SCHEME_END + endpoint.host() + ":" + endpoint.port());
        }
        BrokerEndpoint first = broker.endpoints().get(0);
        json.put("jmx_port", -1);
        json.putObject("features");
        json.put("host", first.hostAt(LOOPBACK));
        json.put("timestamp", Long.toString(timeMillis));
        json.put("port", first.port());
        json.put("version", 5);
        broker.capacity()
                .ifPresent(capacity -> json.put(CAPACITY, capacity.replicas()).put(SCARCE, capacity.scarce()));
        return ZnodeJson.write(json);
    }

    /**
     * Reads what {@link #registration} wrote, also in builds that wrote one endpoint always.
     *
     * @param name the znode's own name
     * @throws MalformedZnodeException when the name is no id, or an endpoint cannot be read
     */
    static BrokerRegistration read(String name, ZnodeData data) {
        JsonNode json = ZnodeJson.read(data);
        List<BrokerEndpoint> endpoints = new ArrayList<>();
        json.path("endpoints").forEach(endpoint -> endpoints.add(endpoint(endpoint.asText())));
        if (endpoints.isEmpty()) {
            throw new MalformedZnodeException("broker '" + name + "' has no endpoints");
        }
        try {
            return new BrokerRegistration(Integer.parseInt(name), endpoints, capacity(json));
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException("'" + name + "' is no broker id", e);
        }
    }

    private static Optional<ReplicaCapacity> capacity(JsonNode json) {
        int replicas = json.path(CAPACITY).asInt(-1);
        return replicas < 0
                ? Optional.empty()
                : Optional.of(new ReplicaCapacity(replicas, json.path(SCARCE).asText()));
    }

    private static BrokerEndpoint endpoint(String text) {
        int nameEnd = text.indexOf(SCHEME_END);
        int hostStart = nameEnd + SCHEME_END.length();
        int hostEnd = text.lastIndexOf(':');
        if (nameEnd < 1 || hostEnd <= hostStart) {
            throw new MalformedZnodeException("'" + text + "' is not NAME://HOST:PORT");
        }
        try {
            return new BrokerEndpoint(
                    text.substring(0, nameEnd),
                    text.substring(hostStart, hostEnd),
                    Integer.parseInt(text.substring(hostEnd + 1)));
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException("'" + text + "' is not NAME://HOST:PORT", e);
        }
    }
}
