package io.oarlog.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oarlog.metadata.tree.ZnodeData;

/**
 * The ephemeral znode of a live broker as classic Kafka lays it out.
 *
 * <pre>
 * /brokers/ids/ID  {"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://host:port"],
 *                   "jmx_port":-1,"features":{},"host":"..","timestamp":"..","port":9092,"version":5}
 * </pre>
 */
final class BrokerZnodes {
    static final String IDS = "/brokers/ids";

    private BrokerZnodes() {}

    static String path(int brokerId) {
        return IDS + "/" + brokerId;
    }

    /** @param timeMillis when it registers, ms since the epoch */
    static ZnodeData registration(BrokerRegistration broker, long timeMillis) {
        ObjectNode json = ZnodeJson.object();
        json.putObject("listener_security_protocol_map").put("PLAINTEXT", "PLAINTEXT");
        json.putArray("endpoints").add("PLAINTEXT://" + broker.host() + ":" + broker.port());
        json.put("jmx_port", -1);
        json.putObject("features");
        json.put("host", broker.host());
        json.put("timestamp", Long.toString(timeMillis));
        json.put("port", broker.port());
        json.put("version", 5);
        return ZnodeJson.write(json);
    }

    /**
     * Reads what {@link #registration} wrote.
     *
     * @param name the znode's own name
     * @throws MalformedZnodeException when the name is no id, or host or port cannot be read
     */
    static BrokerRegistration read(String name, ZnodeData data) {
        JsonNode json = ZnodeJson.read(data);
        try {
            return new BrokerRegistration(
                    Integer.parseInt(name), ZnodeJson.text(json, "host"), ZnodeJson.integer(json, "port"));
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException("'" + name + "' is no broker id", e);
        }
    }
}
