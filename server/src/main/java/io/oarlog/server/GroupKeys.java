package io.oarlog.server;

import io.oarlog.server.group.GroupSettings;
import java.time.Duration;
import java.util.Map;

/** The keys of {@link BrokerSettings} about consumer groups, which are Kafka's. */
final class GroupKeys {
    private static final int MAX_PARTITIONS = 1_000;

    private GroupKeys() {}

    /**
     * Takes them from the settings.
     *
     * @param replicationFactor of the offsets topic
     * @throws InvalidSettingException naming the key
     */
    static GroupSettings parse(SettingKeys keys, int replicationFactor) {
        GroupSettings defaults = GroupSettings.defaults(replicationFactor);
        Duration min = millis(keys, "group.min.session.timeout.ms", 1, defaults.minSessionTimeout());
        Duration max = millis(keys, "group.max.session.timeout.ms", 1, defaults.maxSessionTimeout());
        if (min.compareTo(max) > 0) {
            throw new InvalidSettingException("group.max.session.timeout.ms=" + max.toMillis()
                    + ": must not be less than group.min.session.timeout.ms=" + min.toMillis());
        }
        Duration session = millis(keys, "group.consumer.session.timeout.ms", 1, defaults.consumerSessionTimeout());
        Duration heartbeat =
                millis(keys, "group.consumer.heartbeat.interval.ms", 1, defaults.consumerHeartbeatInterval());
        if (heartbeat.compareTo(session) >= 0) {
            throw new InvalidSettingException("group.consumer.session.timeout.ms=" + session.toMillis()
                    + ": must be more than group.consumer.heartbeat.interval.ms=" + heartbeat.toMillis());
        }
        return new GroupSettings(
                (int) keys.number("offsets.topic.num.partitions", 1, MAX_PARTITIONS, defaults.offsetsPartitions()),
                replicationFactor,
                Duration.ofMinutes(keys.number(
                        "offsets.retention.minutes",
                        1,
                        Integer.MAX_VALUE,
                        defaults.offsetsRetention().toMinutes())),
                min,
                max,
                millis(keys, "group.initial.rebalance.delay.ms", 0, defaults.initialRebalanceDelay()),
                session,
                heartbeat);
    }

    private static Duration millis(SettingKeys keys, String key, long min, Duration fallback) {
        return Duration.ofMillis(keys.number(key, min, Integer.MAX_VALUE, fallback.toMillis()));
    }

    /** Adds them as they are shown to clients. */
    static void describe(GroupSettings settings, Map<String, String> described) {
        described.put("offsets.topic.num.partitions", Integer.toString(settings.offsetsPartitions()));
        described.put(
                "offsets.retention.minutes",
                Long.toString(settings.offsetsRetention().toMinutes()));
        put(described, "group.min.session.timeout.ms", settings.minSessionTimeout());
        put(described, "group.max.session.timeout.ms", settings.maxSessionTimeout());
        put(described, "group.initial.rebalance.delay.ms", settings.initialRebalanceDelay());
        put(described, "group.consumer.session.timeout.ms", settings.consumerSessionTimeout());
        put(described, "group.consumer.heartbeat.interval.ms", settings.consumerHeartbeatInterval());
    }

    private static void put(Map<String, String> described, String key, Duration value) {
        described.put(key, Long.toString(value.toMillis()));
    }
}
