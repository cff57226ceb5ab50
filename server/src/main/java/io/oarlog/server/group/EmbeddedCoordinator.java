package io.oarlog.server.group;

import com.yammer.metrics.core.MetricsRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorRuntimeMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.share.persister.NoOpStatePersister;
import org.apache.kafka.server.util.PartitionMetadataClient;
import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.SystemTimerReaper;
import org.apache.kafka.server.util.timer.Timer;

/** One life of Kafka's coordinator on this node: from when the offsets topic is there until it is gone or the broker stops. */
final class EmbeddedCoordinator implements AutoCloseable {
    /** Events of one partition are run one at a time and never wait for the disk. */
    private static final int EVENT_THREADS = 2;

    private static final int BACKGROUND_THREADS = 1;

    private final GroupCoordinatorService service;
    private final GroupCoordinatorRuntimeMetrics runtimeMetrics;
    private final Metrics metrics;
    private final MetricsRegistry gauges;

    EmbeddedCoordinator(
            int nodeId,
            GroupSettings settings,
            PartitionWriter writer,
            CoordinatorLoader<CoordinatorRecord> loader,
            int partitionCount) {
        GroupCoordinatorConfig config = GroupCoordinatorConfig.fromProps(properties(settings));
        this.metrics = new Metrics();
        this.gauges = new MetricsRegistry();
        this.runtimeMetrics = new GroupCoordinatorRuntimeMetrics(metrics);
        Timer timer = new SystemTimerReaper(
                "coordinator-timer-reaper-" + nodeId, new SystemTimer("coordinator-timer-" + nodeId));
        this.service = new GroupCoordinatorService.Builder(nodeId, config)
                .withWriter(writer)
                .withLoader(loader)
                .withTime(Time.SYSTEM)
                .withTimer(timer)
                .withCoordinatorRuntimeMetrics(runtimeMetrics)
                .withGroupCoordinatorMetrics(new GroupCoordinatorMetrics(gauges, metrics))
                .withGroupConfigManager(new GroupConfigManager(config, ShareGroupConfig.fromProps(Map.of())))
                .withPersister(new NoOpStatePersister())
                .withAuthorizerPlugin(Optional.empty())
                .withPartitionMetadataClient(new NoShareGroups())
                .build();
        service.startup(() -> partitionCount);
    }

    private static Map<String, String> properties(GroupSettings settings) {
        Map<String, String> properties = new HashMap<>();
        properties.put(GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG, text(EVENT_THREADS));
        properties.put(
                GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_BACKGROUND_THREADS_CONFIG, text(BACKGROUND_THREADS));
        properties.put(
                GroupCoordinatorConfig.OFFSETS_RETENTION_MINUTES_CONFIG,
                text(settings.offsetsRetention().toMinutes()));
        properties.put(
                GroupCoordinatorConfig.GROUP_MIN_SESSION_TIMEOUT_MS_CONFIG,
                text(settings.minSessionTimeout().toMillis()));
        properties.put(
                GroupCoordinatorConfig.GROUP_MAX_SESSION_TIMEOUT_MS_CONFIG,
                text(settings.maxSessionTimeout().toMillis()));
        properties.put(
                GroupCoordinatorConfig.GROUP_INITIAL_REBALANCE_DELAY_MS_CONFIG,
                text(settings.initialRebalanceDelay().toMillis()));
        // Else an assignment waits for its interval since the last one: that of a node whose clock was ahead holds up
        // the next one, on every node, for as long.
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_ASSIGNMENT_INTERVAL_MS_CONFIG, text(0));
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MIN_ASSIGNMENT_INTERVAL_MS_CONFIG, text(0));
        String session = text(settings.consumerSessionTimeout().toMillis());
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_SESSION_TIMEOUT_MS_CONFIG, session);
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MIN_SESSION_TIMEOUT_MS_CONFIG, session);
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MAX_SESSION_TIMEOUT_MS_CONFIG, session);
        String heartbeat = text(settings.consumerHeartbeatInterval().toMillis());
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_HEARTBEAT_INTERVAL_MS_CONFIG, heartbeat);
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MIN_HEARTBEAT_INTERVAL_MS_CONFIG, heartbeat);
        properties.put(GroupCoordinatorConfig.CONSUMER_GROUP_MAX_HEARTBEAT_INTERVAL_MS_CONFIG, heartbeat);
        return properties;
    }

    private static String text(long number) {
        return Long.toString(number);
    }

    GroupCoordinator service() {
        return service;
    }

    /** Stops its threads and waits for them; whoever waits for an answer gets NOT_COORDINATOR. */
    @Override
    public void close() {
        service.shutdown();
        runtimeMetrics.close();
        metrics.close();
        gauges.shutdown();
    }

    /** Asked for the lag of share groups alone, which no API leads to. */
    private static final class NoShareGroups implements PartitionMetadataClient {
        @Override
        public Map<TopicPartition, java.util.concurrent.CompletableFuture<OffsetResponse>> listLatestOffsets(
                Set<TopicPartition> partitions) {
            throw new UnsupportedOperationException("there are no share groups");
        }

        @Override
        public void close() {}
    }
}
