package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The settings that a topic can have, under Kafka's names: which values are taken and what holds where none is given.
 * Immutable.
 *
 * <p>A setting whose effect does not exist yet is taken only with the value that says so; anything else would be a promise
 * that is not kept.
 */
final class TopicSettings {
    /** How large a batch is at least, and so the smallest bound that makes sense. */
    private static final int MIN_MESSAGE_BYTES = 1024;

    private static final List<String> UNBOUNDED = List.of("-1");

    /** The only values of settings that have no effect yet, by name; the first is the default. */
    private static final Map<String, List<String>> FIXED = fixed();

    /** One setting as it is described to clients. Immutable. */
    record Described(String name, String value, ConfigDef.Type type, boolean isSet) {}

    private final int brokerMaxMessageBytes;

    /** @param brokerMaxMessageBytes bound of all topics, and what holds for those that do not say */
    TopicSettings(int brokerMaxMessageBytes) {
        this.brokerMaxMessageBytes = brokerMaxMessageBytes;
    }

    private static Map<String, List<String>> fixed() {
        Map<String, List<String>> fixed = new LinkedHashMap<>();
        fixed.put(TopicConfig.CLEANUP_POLICY_CONFIG, List.of(TopicConfig.CLEANUP_POLICY_DELETE));
        fixed.put(TopicConfig.RETENTION_MS_CONFIG, UNBOUNDED);
        fixed.put(TopicConfig.RETENTION_BYTES_CONFIG, UNBOUNDED);
        fixed.put(TopicConfig.COMPRESSION_TYPE_CONFIG, List.of("producer"));
        fixed.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, List.of("CreateTime"));
        fixed.put(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, List.of("false"));
        return fixed;
    }

    /**
     * What is wrong with settings that a client asks for; one line that says what could be given instead.
     *
     * @param majority of the topic's replicas: what {@code acks=all} waits for
     */
    Optional<String> problem(Map<String, String> configs, int majority) {
        for (Map.Entry<String, String> config : configs.entrySet()) {
            Optional<String> problem = problem(config.getKey(), config.getValue(), majority);
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private Optional<String> problem(String name, String value, int majority) {
        List<String> taken = FIXED.get(name);
        if (taken != null) {
            return taken.contains(value)
                    ? Optional.empty()
                    : Optional.of(name + "=" + value + ": not supported yet, only " + taken.get(0));
        }
        return switch (name) {
            case TopicConfig.MAX_MESSAGE_BYTES_CONFIG -> outside(name, value, MIN_MESSAGE_BYTES, brokerMaxMessageBytes);
            case TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG -> outside(name, value, 1, majority);
            default -> Optional.of(name + ": not supported; supported are " + names());
        };
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>(FIXED.keySet());
        names.add(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        names.add(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
        return names;
    }

    private static Optional<String> outside(String name, String value, int min, int max) {
        try {
            int number = Integer.parseInt(value);
            return number >= min && number <= max
                    ? Optional.empty()
                    : Optional.of(name + "=" + value + ": must be in " + min + ".." + max);
        } catch (NumberFormatException e) {
            return Optional.of(name + "=" + value + ": not a whole number");
        }
    }

    /** Largest batch that the topic takes. */
    int maxMessageBytes(Topic topic) {
        String own = topic.configs().get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        return own == null ? brokerMaxMessageBytes : Math.min(brokerMaxMessageBytes, Integer.parseInt(own));
    }

    /** All settings of a topic as they hold. */
    List<Described> describe(Topic topic) {
        return describe(topic.configs(), majority(topic.replicas().get(0).size()));
    }

    /** As {@link #describe(Topic)} of a topic with these settings. */
    List<Described> describe(Map<String, String> own, int majority) {
        List<Described> described = new ArrayList<>();
        FIXED.forEach((name, values) -> described.add(new Described(
                name, own.getOrDefault(name, values.get(0)), ConfigDef.Type.STRING, own.containsKey(name))));
        described.add(number(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, own, brokerMaxMessageBytes));
        // What holds, whatever weaker was asked for.
        described.add(new Described(
                TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                Integer.toString(majority),
                ConfigDef.Type.INT,
                own.containsKey(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG)));
        return described;
    }

    private static Described number(String name, Map<String, String> own, int fallback) {
        return new Described(
                name, own.getOrDefault(name, Integer.toString(fallback)), ConfigDef.Type.INT, own.containsKey(name));
    }

    static int majority(int replicas) {
        return replicas / 2 + 1;
    }
}
