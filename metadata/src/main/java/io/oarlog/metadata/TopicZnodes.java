package io.oarlog.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oarlog.metadata.tree.ZnodeData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The znodes of a topic as classic Kafka lays them out.
 *
 * <pre>
 * /brokers/topics/T                     {"removing_replicas":{},"partitions":{"0":[1,2,3]},"topic_id":"..","adding_replicas":{},"version":3}
 * /brokers/topics/T/partitions
 * /brokers/topics/T/partitions/P
 * /brokers/topics/T/partitions/P/state  {"controller_epoch":0,"leader":1,"version":1,"leader_epoch":5,"isr":[1,2,3]}
 * /config/topics/T                      {"version":1,"config":{..}}
 * </pre>
 *
 * <p>The znodes of single partitions are made when their leaders publish themselves, not when the topic is created: those of
 * 10,000 partitions would not fit into one Raft entry.
 */
final class TopicZnodes {
    static final String TOPICS = "/brokers/topics";
    static final String CONFIGS = "/config/topics";
    static final String PARTITIONS = "partitions";
    static final String STATE = "state";

    private TopicZnodes() {}

    /**
     * The content of {@code /brokers/topics/T}.
     *
     * @param replicas of each partition, by its number
     * @param moves of the partitions that are moved
     */
    record Assignment(UUID topicId, List<List<Integer>> replicas, Map<Integer, ReplicaMove> moves) {}

    static String topicPath(String topic) {
        return TOPICS + "/" + topic;
    }

    static String partitionsPath(String topic) {
        return topicPath(topic) + "/" + PARTITIONS;
    }

    static String partitionPath(String topic, int partition) {
        return partitionsPath(topic) + "/" + partition;
    }

    static String statePath(String topic, int partition) {
        return partitionPath(topic, partition) + "/" + STATE;
    }

    static String configPath(String topic) {
        return CONFIGS + "/" + topic;
    }

    static ZnodeData assignment(Topic topic) {
        ObjectNode json = ZnodeJson.object();
        ObjectNode removing = json.putObject("removing_replicas");
        ObjectNode partitions = json.putObject("partitions");
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            put(partitions, partition, topic.replicas().get(partition));
        }
        json.put("topic_id", KafkaUuid.format(topic.id()));
        ObjectNode adding = json.putObject("adding_replicas");
        new TreeMap<>(topic.moves()).forEach((partition, move) -> {
            put(removing, partition, move.removing());
            put(adding, partition, move.adding());
        });
        json.put("version", 3);
        return ZnodeJson.write(json);
    }

    private static void put(ObjectNode json, int partition, List<Integer> nodes) {
        ArrayNode array = json.putArray(Integer.toString(partition));
        nodes.forEach(array::add);
    }

    /** @throws MalformedZnodeException unless partitions 0 to n-1 are there, each with replicas */
    static Assignment readAssignment(ZnodeData data) {
        JsonNode json = ZnodeJson.read(data);
        JsonNode partitions = json.path("partitions");
        List<List<Integer>> replicas = new ArrayList<>();
        for (int partition = 0; partition < partitions.size(); partition++) {
            List<Integer> nodes = nodes(partitions, Integer.toString(partition));
            if (nodes.isEmpty()) {
                throw new MalformedZnodeException("partition " + partition + " has no replicas");
            }
            replicas.add(nodes);
        }
        if (replicas.isEmpty()) {
            throw new MalformedZnodeException("no partitions");
        }
        try {
            return new Assignment(KafkaUuid.parse(ZnodeJson.text(json, "topic_id")), replicas, moves(json));
        } catch (IllegalArgumentException e) {
            throw new MalformedZnodeException("topic_id is no id", e);
        }
    }

    private static List<Integer> nodes(JsonNode byPartition, String partition) {
        List<Integer> nodes = new ArrayList<>();
        for (JsonNode node : byPartition.path(partition)) {
            if (!node.isInt()) {
                throw new MalformedZnodeException("a replica of partition " + partition + " is no node id");
            }
            nodes.add(node.intValue());
        }
        return nodes;
    }

    /** A partition is in both objects, or in none. */
    private static Map<Integer, ReplicaMove> moves(JsonNode json) {
        JsonNode adding = json.path("adding_replicas");
        JsonNode removing = json.path("removing_replicas");
        Map<Integer, ReplicaMove> moves = new HashMap<>();
        adding.fieldNames().forEachRemaining(partition -> {
            try {
                moves.put(
                        Integer.parseInt(partition),
                        new ReplicaMove(nodes(adding, partition), nodes(removing, partition)));
            } catch (NumberFormatException e) {
                throw new MalformedZnodeException("'" + partition + "' is no partition", e);
            }
        });
        return moves;
    }

    /** Whether it is the content of that topic's {@code /brokers/topics/T}. */
    static boolean isOf(ZnodeData data, UUID topicId) {
        try {
            return readAssignment(data).topicId().equals(topicId);
        } catch (MalformedZnodeException e) {
            return false; // somebody else's, whatever it is
        }
    }

    static ZnodeData state(PublishedLeader leader) {
        ObjectNode json = ZnodeJson.object();
        json.put("controller_epoch", 0);
        json.put("leader", leader.nodeId());
        json.put("version", 1);
        json.put("leader_epoch", leader.leaderEpoch());
        ArrayNode isr = json.putArray("isr");
        leader.inSync().forEach(isr::add);
        return ZnodeJson.write(json);
    }

    /** @throws MalformedZnodeException when leader, leader epoch or the replicas in sync cannot be read */
    static PublishedLeader readState(ZnodeData data) {
        JsonNode json = ZnodeJson.read(data);
        List<Integer> inSync = new ArrayList<>();
        for (JsonNode node : json.path("isr")) {
            if (!node.isInt()) {
                throw new MalformedZnodeException("a replica in 'isr' is no node id");
            }
            inSync.add(node.intValue());
        }
        return new PublishedLeader(ZnodeJson.integer(json, "leader"), ZnodeJson.integer(json, "leader_epoch"), inSync);
    }

    static ZnodeData config(Map<String, String> configs) {
        ObjectNode json = ZnodeJson.object();
        json.put("version", 1);
        ObjectNode config = json.putObject("config");
        new TreeMap<>(configs).forEach(config::put);
        return ZnodeJson.write(json);
    }

    /** @throws MalformedZnodeException when there is no object of configs or one is no text */
    static Map<String, String> readConfig(ZnodeData data) {
        JsonNode config = ZnodeJson.read(data).path("config");
        if (!config.isObject()) {
            throw new MalformedZnodeException("'config' is not an object");
        }
        Map<String, String> configs = new HashMap<>();
        config.fieldNames().forEachRemaining(key -> configs.put(key, ZnodeJson.text(config, key)));
        return configs;
    }
}
