package io.oarlog.server.api;

import static java.util.Objects.requireNonNull;

import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionTrigger;
import io.oarlog.log.RetentionPolicy;
import io.oarlog.metadata.Topic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The settings that a topic can have, under Kafka's names: which values are taken and what holds where none is given.
 * Immutable.
 *
 * <p>A setting whose effect does not exist yet is taken only with the value that says so; anything else would be a promise
 * that is not kept.
 */
public final class TopicSettings {
    /** How large a batch is at least, and so the smallest bound that makes sense. */
    private static final int MIN_MESSAGE_BYTES = 1024;

    private static final double DEFAULT_MIN_DIRTY_RATIO = 0.5;

    /**
     * One setting as it is described to clients. Immutable.
     *
     * @param value what holds
     * @param own what the topic was given; null: nothing
     * @param fallback what holds for topics that do not say
     */
    record Described(String name, String value, @Nullable String own, String fallback, ConfigDef.Type type) {
        boolean isSet() {
            return own != null;
        }
    }

    /**
     * One setting. Immutable.
     *
     * @param fallback holds for a topic that does not say
     * @param wanted what can be given, for who gave something else
     */
    private record Setting(ConfigDef.Type type, String fallback, Predicate<String> takes, String wanted) {
        static Setting only(String value) {
            return oneOf(List.of(value), value);
        }

        /** One or more of the values, by commas. */
        static Setting listOf(List<String> values, String fallback) {
            return new Setting(
                    ConfigDef.Type.LIST,
                    fallback,
                    value -> isSubset(split(value), values),
                    "must be one or more of " + String.join(", ", values) + ", by commas, each once");
        }

        private static boolean isSubset(List<String> given, List<String> values) {
            return !given.isEmpty()
                    && values.containsAll(given)
                    && Set.copyOf(given).size() == given.size();
        }

        static Setting share(double fallback) {
            return new Setting(
                    ConfigDef.Type.DOUBLE, Double.toString(fallback), Setting::isShare, "must be a number in 0..1");
        }

        private static boolean isShare(String value) {
            try {
                double number = Double.parseDouble(value);
                return number >= 0 && number <= 1;
            } catch (NumberFormatException e) {
                return false;
            }
        }

        static Setting oneOf(List<String> values, String fallback) {
            return new Setting(
                    ConfigDef.Type.STRING,
                    fallback,
                    values::contains,
                    "not supported, only " + String.join(" or ", values));
        }

        static Setting wholeNumber(ConfigDef.Type type, long min, long max, long fallback) {
            return new Setting(
                    type,
                    Long.toString(fallback),
                    value -> isWithin(value, min, max),
                    "must be a whole number in " + min + ".." + max);
        }

        private static boolean isWithin(String value, long min, long max) {
            try {
                long number = Long.parseLong(value);
                return number >= min && number <= max;
            } catch (NumberFormatException e) {
                return false;
            }
        }
    }

    private final int brokerMaxMessageBytes;
    /** All but the number of replicas in sync, which depends on the topic. */
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    /** @param brokerMaxMessageBytes bound of all topics, and what holds for those that do not say */
    public TopicSettings(int brokerMaxMessageBytes, TopicDefaults defaults) {
        this.brokerMaxMessageBytes = brokerMaxMessageBytes;
        RetentionPolicy retention = defaults.retention();
        settings.put(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                Setting.listOf(
                        List.of(TopicConfig.CLEANUP_POLICY_DELETE, TopicConfig.CLEANUP_POLICY_COMPACT),
                        TopicConfig.CLEANUP_POLICY_DELETE));
        settings.put(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, number(0, 0));
        settings.put(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, number(1, Long.MAX_VALUE));
        settings.put(TopicConfig.DELETE_RETENTION_MS_CONFIG, number(0, TimeUnit.DAYS.toMillis(1)));
        settings.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, Setting.share(DEFAULT_MIN_DIRTY_RATIO));
        settings.put(TopicConfig.RETENTION_MS_CONFIG, number(RetentionPolicy.UNLIMITED, retention.retentionMillis()));
        settings.put(TopicConfig.RETENTION_BYTES_CONFIG, number(RetentionPolicy.UNLIMITED, retention.retentionBytes()));
        settings.put(
                TopicConfig.SEGMENT_BYTES_CONFIG,
                number(TopicDefaults.MIN_SEGMENT_BYTES, Integer.MAX_VALUE, defaults.segmentBytes()));
        settings.put(TopicConfig.SEGMENT_MS_CONFIG, number(1, defaults.segmentMillis()));
        settings.put(TopicConfig.COMPRESSION_TYPE_CONFIG, Setting.only("producer"));
        settings.put(
                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                Setting.oneOf(
                        List.of(TimestampType.CREATE_TIME.name, TimestampType.LOG_APPEND_TIME.name),
                        defaults.timestampType().name));
        settings.put(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, Setting.only("false"));
        settings.put(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                number(MIN_MESSAGE_BYTES, brokerMaxMessageBytes, brokerMaxMessageBytes));
    }

    private static Setting number(long min, long fallback) {
        return Setting.wholeNumber(ConfigDef.Type.LONG, min, Long.MAX_VALUE, fallback);
    }

    private static Setting number(int min, int max, int fallback) {
        return Setting.wholeNumber(ConfigDef.Type.INT, min, max, fallback);
    }

    /**
     * What is wrong with settings that a client asks for; one line that says what could be given instead.
     *
     * @param majority of the topic's replicas: what {@code acks=all} waits for
     */
    Optional<String> problem(Map<String, String> configs, int majority) {
        Map<String, Setting> known = of(majority);
        for (Map.Entry<String, String> config : configs.entrySet()) {
            Setting setting = known.get(config.getKey());
            if (setting == null) {
                return Optional.of(config.getKey() + ": not supported; supported are " + new TreeSet<>(known.keySet()));
            } else if (!setting.takes().test(config.getValue())) {
                return Optional.of(config.getKey() + "=" + config.getValue() + ": " + setting.wanted());
            }
        }
        return lagProblem(configs);
    }

    private Optional<String> lagProblem(Map<String, String> configs) {
        long min = Long.parseLong(value(configs, TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG));
        long max = Long.parseLong(value(configs, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG));
        return min <= max
                ? Optional.empty()
                : Optional.of(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG + "=" + min + ": must not be more than "
                        + TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG + "=" + max);
    }

    /** All settings of a topic with so many replicas that {@code majority} are most of them. */
    private Map<String, Setting> of(int majority) {
        Map<String, Setting> all = new LinkedHashMap<>(settings);
        all.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, number(1, majority, majority));
        return all;
    }

    /** Whether the topic's records go by age and size, by {@link #retention}. */
    public boolean isDeleted(Topic topic) {
        return hasPolicy(topic, TopicConfig.CLEANUP_POLICY_DELETE);
    }

    /** Whether records that newer ones of the same key supersede go, by {@link #compaction}. */
    public boolean isCompacted(Topic topic) {
        return hasPolicy(topic, TopicConfig.CLEANUP_POLICY_COMPACT);
    }

    /** Asked for each produce: nothing is split, neither of the two names is part of the other. */
    private boolean hasPolicy(Topic topic, String policy) {
        return value(topic, TopicConfig.CLEANUP_POLICY_CONFIG).contains(policy);
    }

    /** The values of a list setting. */
    static List<String> split(String list) {
        return Arrays.stream(list.split(",", -1)).map(String::strip).toList();
    }

    /**
     * How the topic is compacted.
     *
     * @param keyMapBytes of the broker
     */
    public CompactionPolicy compaction(Topic topic, int keyMapBytes) {
        return new CompactionPolicy(
                number(topic, TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG),
                number(topic, TopicConfig.DELETE_RETENTION_MS_CONFIG),
                keyMapBytes);
    }

    /** When the topic's partitions are compacted. */
    public CompactionTrigger compactionTrigger(Topic topic) {
        return new CompactionTrigger(
                Double.parseDouble(value(topic, TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG)),
                number(topic, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG));
    }

    /** How long the topic's records are kept. */
    public RetentionPolicy retention(Topic topic) {
        return new RetentionPolicy(
                number(topic, TopicConfig.RETENTION_MS_CONFIG), number(topic, TopicConfig.RETENTION_BYTES_CONFIG));
    }

    /** The size at which the topic's partitions begin a new segment. */
    public int segmentBytes(Topic topic) {
        return (int) number(topic, TopicConfig.SEGMENT_BYTES_CONFIG);
    }

    /** The age at which they do: what is to be compacted by then must not lie in a segment that is written to. */
    public long segmentMillis(Topic topic) {
        long segmentMillis = number(topic, TopicConfig.SEGMENT_MS_CONFIG);
        return isCompacted(topic)
                ? Math.min(segmentMillis, number(topic, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG))
                : segmentMillis;
    }

    /** Whether records get the time of their append in place of their producer's. */
    boolean isLogAppendTime(Topic topic) {
        return value(topic, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG).equals(TimestampType.LOG_APPEND_TIME.name);
    }

    /** Largest batch that the topic takes. */
    int maxMessageBytes(Topic topic) {
        return (int) Math.min(brokerMaxMessageBytes, number(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
    }

    private long number(Topic topic, String name) {
        return Long.parseLong(value(topic, name));
    }

    private String value(Topic topic, String name) {
        return value(topic.configs(), name);
    }

    /** Whether a setting is a list, by commas. */
    boolean isList(String name) {
        Setting setting = settings.get(name);
        return setting != null && setting.type() == ConfigDef.Type.LIST;
    }

    /**
     * What holds for a topic with such settings.
     *
     * @param name of a setting other than {@code min.insync.replicas}
     */
    String value(Map<String, String> configs, String name) {
        String own = configs.get(name);
        return own == null ? requireNonNull(settings.get(name)).fallback() : own;
    }

    /** All settings of a topic as they hold. */
    List<Described> describe(Topic topic) {
        Map<String, String> own = topic.configs();
        int majority = majority(topic.target(0).size());
        List<Described> described = new ArrayList<>();
        of(majority).forEach((name, setting) -> {
            // A majority is waited for, whatever weaker was asked for.
            boolean isFixed = name.equals(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
            String value = isFixed ? setting.fallback() : own.getOrDefault(name, setting.fallback());
            described.add(new Described(name, value, own.get(name), setting.fallback(), setting.type()));
        });
        return described;
    }

    static int majority(int replicas) {
        return replicas / 2 + 1;
    }
}
