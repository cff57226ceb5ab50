package io.oarlog.server;

import io.oarlog.log.RetentionPolicy;
import io.oarlog.metadata.zookeeper.ZooKeeperSettings;
import io.oarlog.raft.RaftAddress;
import io.oarlog.raft.RaftNodeSettings;
import io.oarlog.raft.RaftSettings;
import io.oarlog.server.api.TopicDefaults;
import io.oarlog.server.group.GroupSettings;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.record.TimestampType;

/**
 * Settings of one broker, from a properties file; parsed and checked once. Immutable.
 *
 * <pre>
 * key                        meaning                                                     default
 * node.id                    this node's number, a key of cluster.nodes                  (required)
 * cluster.nodes              ID@HOST:RAFTPORT of 1 to 9 nodes, by commas, same on all    (required)
 * data.dir                   directory of this node alone                                (required)
 * listener                   [NAME=]HOST:PORT on which Kafka clients are served, by commas
 *                            and each with a name when there are several                 127.0.0.1:9092
 * advertised.listener        [NAME=]HOST[:PORT] told to the clients of the listener of that name; HOST may be *: the
 *                            address that the client used, where all nodes are on one machine
 *                                                                                        the listener; of 0.0.0.0: *, or
 *                                                                                        the node's host in cluster.nodes
 * message.max.bytes          largest record batch                                        1048588
 * default.replication.factor replicas of a topic that does not say                       min(3, nodes)
 * num.partitions             partitions of a topic that does not say                     1
 * auto.create.topics.enable  whether a topic that a client asks for is created           false
 * election.timeout.min.ms    shortest wait for a silent leader                           600
 * election.timeout.max.ms    longest wait                                                1200
 * controlled.shutdown.enable whether a broker that is stopped has others lead first      true
 * max.open.segments          segment files kept open over all partitions                 1000
 * disk.reserve.bytes         kept free on the disk of data.dir: records are refused when 268435456
 *                            less is left; 256 KiB for each replica on the node at least
 * follower.replication.throttled.rate
 *                            bytes in a second that the replicas here copy, all together  9223372036854775807
 * log.retention.ms           how long records are kept, -1: for ever (*)                 604800000
 * log.retention.bytes        how many bytes of a partition are kept, -1: all (*)         -1
 * log.segment.bytes          size at which a partition begins a new segment (*)          1073741824
 * log.roll.ms                age at which it does (*)                                    604800000
 * log.message.timestamp.type CreateTime: the producer's, LogAppendTime: the broker's (*) CreateTime
 * log.retention.check.interval.ms
 *                            how often it is looked for what need not be kept            300000
 * log.cleaner.enable         whether topics with cleanup.policy=compact are compacted    true
 * log.cleaner.dedupe.buffer.size
 *                            memory for the keys of the compaction that runs             134217728
 * log.cleaner.backoff.ms     how long to wait when there is nothing to compact           15000
 * log.scrub.interval.ms      how often all records on the disk are looked at, -1: never  604800000
 * log.scrub.bytes.per.second how many bytes are read for that                            16777216
 * offsets.topic.num.partitions
 *                            partitions that groups are kept in, when the first appears  8
 * offsets.retention.minutes  how long offsets stay after their group's last member left  10080
 * group.min.session.timeout.ms
 *                            shortest session timeout that a member gets                 6000
 * group.max.session.timeout.ms
 *                            longest                                                     1800000
 * group.initial.rebalance.delay.ms
 *                            how long a new group waits for more members                 3000
 * group.consumer.session.timeout.ms
 *                            session timeout with group.protocol=consumer                45000
 * group.consumer.heartbeat.interval.ms
 *                            how often such members are heard of                         1000
 * http.listener              HOST:PORT of GET /live and GET /ready                       (none)
 * zookeeper.listener         HOST:PORT on which ZooKeeper clients are served             (none)
 * zookeeper.4lw.commands.whitelist
 *                            four-letter words answered there, by commas, *: all         ruok,srvr
 * zookeeper.max.client.connections
 *                            of one client address, 0: no limit                          60
 * zookeeper.min.session.timeout.ms
 *                            shortest session timeout that a client gets                 4000
 * zookeeper.max.session.timeout.ms
 *                            longest                                                     40000
 * zookeeper.jute.maxbuffer   largest request in bytes                                    1048575
 * zookeeper.enforce.quota    whether what exceeds a hard quota is refused                false
 * zookeeper.super.digest     USER:DIGEST of who may pass access lists                    (none)
 *
 * (*) of a topic that does not say
 * </pre>
 */
public record BrokerSettings(
        int nodeId,
        Map<Integer, RaftAddress> nodes,
        Path dataDirectory,
        List<NamedListener> listeners,
        int maxMessageBytes,
        int defaultReplicationFactor,
        int defaultPartitions,
        boolean createsTopics,
        Duration electionTimeoutMin,
        Duration electionTimeoutMax,
        boolean handsOver,
        int maxOpenSegments,
        long diskReserveBytes,
        long copyBytesPerSecond,
        TopicDefaults topicDefaults,
        Duration retentionCheckInterval,
        CleanerSettings cleaner,
        ScrubSettings scrub,
        GroupSettings groups,
        Optional<RaftAddress> httpListener,
        Optional<ZooKeeperSettings> zooKeeper) {
    /** All have a vote on the metadata: each write waits for more than half of them. */
    private static final int MAX_NODES = 9;

    private static final String HTTP_LISTENER = "http.listener";
    private static final int SMALLEST_MAX_MESSAGE_BYTES = 1024;
    private static final int LARGEST_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
    private static final int SMALLEST_DISK_RESERVE_BYTES = 1024 * 1024;
    private static final long SLOWEST_SCRUB = 1024;

    private static final long SLOWEST_COPY = 1024;
    /** Kafka takes no smaller ones either. */
    private static final int SMALLEST_KEY_MAP_BYTES = 1024 * 1024;

    public BrokerSettings {
        nodes = Map.copyOf(nodes);
        listeners = List.copyOf(listeners);
    }

    /** Where Kafka clients are served, as it is written in a file. */
    public String listenerText() {
        return ListenerKeys.text(listeners, NamedListener::address);
    }

    /** What Kafka clients are told, as it is written in a file. */
    public String advertisedText() {
        return ListenerKeys.text(listeners, NamedListener::advertised);
    }

    /**
     * Reads a properties file.
     *
     * @throws InvalidSettingException naming the key, for an unknown key or a bad or missing value
     */
    public static BrokerSettings load(Path file) throws IOException {
        return load(file, Map.of());
    }

    /** As {@link #load(Path)}, with settings that take the place of the file's. */
    public static BrokerSettings load(Path file, Map<String, String> given) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new InvalidSettingException("no such file: " + file, e);
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw new InvalidSettingException(file + ": not a properties file in UTF-8: " + e.getMessage(), e);
        }
        properties.putAll(given);
        return parse(properties);
    }

    /** As {@link #load(Path)}, from properties already read. */
    public static BrokerSettings parse(Properties properties) {
        SettingKeys keys = new SettingKeys(properties);
        Map<Integer, RaftAddress> nodes = nodes(keys.required("cluster.nodes"));
        int nodeId = keys.integer("node.id", keys.required("node.id"), 0, Integer.MAX_VALUE);
        if (!nodes.containsKey(nodeId)) {
            throw new InvalidSettingException(
                    "node.id=" + nodeId + ": not among cluster.nodes " + new TreeSet<>(nodes.keySet()));
        }
        Path data = Path.of(keys.required("data.dir"));
        List<NamedListener> listeners = ListenerKeys.parse(keys, nodes, nodeId);
        int maxMessageBytes = keys.integer(
                "message.max.bytes",
                keys.optional("message.max.bytes", Integer.toString(RaftSettings.DEFAULT_MAX_APPEND_BYTES)),
                SMALLEST_MAX_MESSAGE_BYTES,
                LARGEST_MAX_MESSAGE_BYTES);
        int replication = keys.integer(
                "default.replication.factor",
                keys.optional("default.replication.factor", Integer.toString(Math.min(3, nodes.size()))),
                1,
                nodes.size());
        int partitions = keys.integer("num.partitions", keys.optional("num.partitions", "1"), 1, 10_000);
        boolean createsTopics = keys.truth("auto.create.topics.enable", false);
        int min = keys.integer("election.timeout.min.ms", keys.optional("election.timeout.min.ms", "600"), 50, 600_000);
        int max =
                keys.integer("election.timeout.max.ms", keys.optional("election.timeout.max.ms", "1200"), 100, 600_000);
        if (min >= max) {
            throw new InvalidSettingException(
                    "election.timeout.max.ms=" + max + ": must be more than election.timeout.min.ms=" + min);
        }
        boolean handsOver = keys.truth("controlled.shutdown.enable", true);
        int openSegments = keys.integer("max.open.segments", keys.optional("max.open.segments", "1000"), 1, 1_000_000);
        long diskReserve = keys.number(
                "disk.reserve.bytes",
                SMALLEST_DISK_RESERVE_BYTES,
                Long.MAX_VALUE / 2,
                RaftNodeSettings.DEFAULT_DISK_RESERVE_BYTES);
        long copyRate = keys.number(
                "follower.replication.throttled.rate", SLOWEST_COPY, Long.MAX_VALUE, RaftSettings.UNLIMITED);
        TopicDefaults topicDefaults = topicDefaults(keys);
        long checkInterval = keys.number("log.retention.check.interval.ms", 1, Long.MAX_VALUE, 300_000);
        CleanerSettings cleaner = cleaner(keys);
        ScrubSettings scrub = scrub(keys);
        GroupSettings groups = GroupKeys.parse(keys, GroupSettings.replicationFactor(nodes.size()));
        Optional<RaftAddress> httpListener = Optional.of(keys.optional(HTTP_LISTENER, ""))
                .filter(text -> !text.isEmpty())
                .map(text -> SettingKeys.address(HTTP_LISTENER, text));
        Optional<ZooKeeperSettings> zooKeeper = ZooKeeperKeys.parse(keys);
        keys.refuseUnknown();
        return new BrokerSettings(
                nodeId,
                nodes,
                data,
                listeners,
                maxMessageBytes,
                replication,
                partitions,
                createsTopics,
                Duration.ofMillis(min),
                Duration.ofMillis(max),
                handsOver,
                openSegments,
                diskReserve,
                copyRate,
                topicDefaults,
                Duration.ofMillis(checkInterval),
                cleaner,
                scrub,
                groups,
                httpListener,
                zooKeeper);
    }

    private static CleanerSettings cleaner(SettingKeys keys) {
        CleanerSettings kafkas = CleanerSettings.defaults();
        long keyMapBytes = keys.number(
                "log.cleaner.dedupe.buffer.size", SMALLEST_KEY_MAP_BYTES, Integer.MAX_VALUE, kafkas.keyMapBytes());
        long backoffMillis = keys.number(
                "log.cleaner.backoff.ms", 1, Long.MAX_VALUE, kafkas.backoff().toMillis());
        return new CleanerSettings(
                keys.truth("log.cleaner.enable", kafkas.isEnabled()),
                (int) keyMapBytes,
                Duration.ofMillis(backoffMillis));
    }

    private static ScrubSettings scrub(SettingKeys keys) {
        ScrubSettings usual = ScrubSettings.defaults();
        long intervalMillis = keys.number(
                "log.scrub.interval.ms", ScrubSettings.NEVER, ScrubSettings.LONGEST_MILLIS, usual.intervalMillis());
        if (intervalMillis == 0) {
            throw new InvalidSettingException("log.scrub.interval.ms=0: must be 1 or more, or -1 for never");
        }
        return new ScrubSettings(
                intervalMillis == ScrubSettings.NEVER
                        ? Optional.empty()
                        : Optional.of(Duration.ofMillis(intervalMillis)),
                keys.number("log.scrub.bytes.per.second", SLOWEST_SCRUB, Long.MAX_VALUE, usual.bytesPerSecond()));
    }

    private static TopicDefaults topicDefaults(SettingKeys keys) {
        TopicDefaults kafkas = TopicDefaults.kafkas();
        RetentionPolicy retention = kafkas.retention();
        long max = Long.MAX_VALUE;
        long retentionMillis =
                keys.number("log.retention.ms", RetentionPolicy.UNLIMITED, max, retention.retentionMillis());
        long retentionBytes =
                keys.number("log.retention.bytes", RetentionPolicy.UNLIMITED, max, retention.retentionBytes());
        long segmentBytes = keys.number(
                "log.segment.bytes", TopicDefaults.MIN_SEGMENT_BYTES, Integer.MAX_VALUE, kafkas.segmentBytes());
        long segmentMillis = keys.number("log.roll.ms", 1, max, kafkas.segmentMillis());
        return new TopicDefaults(
                new RetentionPolicy(retentionMillis, retentionBytes),
                (int) segmentBytes,
                segmentMillis,
                timestampType(keys.optional("log.message.timestamp.type", kafkas.timestampType().name)));
    }

    private static TimestampType timestampType(String name) {
        for (TimestampType type : List.of(TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME)) {
            if (type.name.equals(name)) {
                return type;
            }
        }
        throw new InvalidSettingException(
                "log.message.timestamp.type=" + name + ": must be CreateTime or LogAppendTime");
    }

    /** As they are shown to clients: by key, in the order of the table above. */
    public Map<String, String> describe() {
        Map<String, String> described = new LinkedHashMap<>();
        described.put("node.id", Integer.toString(nodeId));
        described.put(
                "cluster.nodes",
                new TreeMap<>(nodes)
                        .entrySet().stream()
                                .map(node -> node.getKey() + "@" + node.getValue())
                                .collect(Collectors.joining(",")));
        described.put("data.dir", dataDirectory.toString());
        ListenerKeys.describe(listeners, described);
        described.put("message.max.bytes", Integer.toString(maxMessageBytes));
        described.put("default.replication.factor", Integer.toString(defaultReplicationFactor));
        described.put("num.partitions", Integer.toString(defaultPartitions));
        described.put("auto.create.topics.enable", Boolean.toString(createsTopics));
        described.put("election.timeout.min.ms", Long.toString(electionTimeoutMin.toMillis()));
        described.put("election.timeout.max.ms", Long.toString(electionTimeoutMax.toMillis()));
        described.put("controlled.shutdown.enable", Boolean.toString(handsOver));
        described.put("max.open.segments", Integer.toString(maxOpenSegments));
        described.put("disk.reserve.bytes", Long.toString(diskReserveBytes));
        described.put("follower.replication.throttled.rate", Long.toString(copyBytesPerSecond));
        RetentionPolicy retention = topicDefaults.retention();
        described.put("log.retention.ms", Long.toString(retention.retentionMillis()));
        described.put("log.retention.bytes", Long.toString(retention.retentionBytes()));
        described.put("log.segment.bytes", Integer.toString(topicDefaults.segmentBytes()));
        described.put("log.roll.ms", Long.toString(topicDefaults.segmentMillis()));
        described.put("log.message.timestamp.type", topicDefaults.timestampType().name);
        described.put("log.retention.check.interval.ms", Long.toString(retentionCheckInterval.toMillis()));
        described.put("log.cleaner.enable", Boolean.toString(cleaner.isEnabled()));
        described.put("log.cleaner.dedupe.buffer.size", Integer.toString(cleaner.keyMapBytes()));
        described.put("log.cleaner.backoff.ms", Long.toString(cleaner.backoff().toMillis()));
        described.put("log.scrub.interval.ms", Long.toString(scrub.intervalMillis()));
        described.put("log.scrub.bytes.per.second", Long.toString(scrub.bytesPerSecond()));
        GroupKeys.describe(groups, described);
        httpListener.ifPresent(address -> described.put(HTTP_LISTENER, address.toString()));
        zooKeeper.ifPresent(settings -> ZooKeeperKeys.describe(settings, described));
        return described;
    }

    private static Map<Integer, RaftAddress> nodes(String text) {
        Map<Integer, RaftAddress> nodes = new TreeMap<>();
        for (String node : text.split(",", -1)) {
            int at = node.indexOf('@');
            if (at < 0) {
                throw new InvalidSettingException("cluster.nodes: '" + node + "' is not ID@HOST:PORT");
            }
            int id;
            try {
                id = Integer.parseInt(node.substring(0, at).strip());
            } catch (NumberFormatException e) {
                throw new InvalidSettingException("cluster.nodes: '" + node + "' is not ID@HOST:PORT", e);
            }
            if (nodes.put(id, SettingKeys.address("cluster.nodes", node.substring(at + 1))) != null) {
                throw new InvalidSettingException("cluster.nodes: node " + id + " is there twice");
            }
        }
        if (nodes.size() > MAX_NODES) {
            throw new InvalidSettingException("cluster.nodes: " + nodes.size() + " nodes; at most " + MAX_NODES
                    + " for now, all of them have a vote on the metadata");
        }
        return nodes;
    }
}
