package io.oarlog.server.group;

import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.Topic;
import io.oarlog.metadata.TopicOutcome;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic in which groups and their offsets are kept: compacted, made when the first group asks for it. Thread-safe. */
public final class OffsetsTopic {
    public static final String NAME = org.apache.kafka.common.internals.Topic.GROUP_METADATA_TOPIC_NAME;

    private static final Logger LOG = LoggerFactory.getLogger(OffsetsTopic.class);
    /** The last one is not compacted, and all of it read when a partition's groups are loaded: so it is small. */
    private static final int SEGMENT_BYTES = 16 * 1024 * 1024;

    private final Metadata metadata;
    private final GroupSettings settings;
    private @Nullable CompletableFuture<Void> creation; // guarded by this

    public OffsetsTopic(Metadata metadata, GroupSettings settings) {
        this.metadata = metadata;
        this.settings = settings;
    }

    /** The settings with which it is created. */
    public static Map<String, String> configs() {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_COMPACT,
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(SEGMENT_BYTES));
    }

    Optional<Topic> topic() {
        return metadata.topic(NAME);
    }

    /** The partition that keeps a group, as every client and tool of Kafka's computes it. */
    static int partitionOf(String groupId, int partitionCount) {
        return Utils.abs(groupId.hashCode()) % partitionCount;
    }

    /** Completes when the topic is there or could not be made, which is logged; one attempt at a time. */
    synchronized CompletableFuture<Void> create() {
        CompletableFuture<Void> current = creation;
        if (current == null || current.isDone()) {
            current = metadata.createTopic(
                            NAME, settings.offsetsPartitions(), settings.offsetsReplicationFactor(), configs(), false)
                    .handle((outcome, failure) -> {
                        logUnlessThere(outcome, failure);
                        return null;
                    });
            creation = current;
        }
        return current;
    }

    private static void logUnlessThere(@Nullable TopicOutcome outcome, @Nullable Throwable failure) {
        if (failure != null) {
            LOG.atWarn().addKeyValue("reason", failure).log("the offsets topic was not created; the next group tries");
        } else if (outcome instanceof TopicOutcome.Done) {
            LOG.atInfo().addKeyValue("topic", NAME).log("created the offsets topic");
        } else if (!(outcome instanceof TopicOutcome.AlreadyExists)) {
            LOG.atError().addKeyValue("outcome", outcome).log("the offsets topic cannot be created");
        }
    }
}
