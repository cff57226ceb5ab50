package io.oarlog.client;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;

/** The leaders of one topic's partitions. A leader is never replaced by one of an older epoch. Confined to the event loop. */
final class TopicLeaders {
    private final Uuid topicId;
    private final Map<Integer, PartitionLeader> leaders = new HashMap<>();

    TopicLeaders(Uuid topicId) {
        this.topicId = topicId;
    }

    /** Of zeros when the broker does not know topic ids. */
    Uuid topicId() {
        return topicId;
    }

    /** Whether the answer is of another topic that had the same name: epochs of the two cannot be compared. */
    boolean isOtherTopic(MetadataResponseTopic answer) {
        return !answer.topicId().equals(topicId) && !answer.topicId().equals(Uuid.ZERO_UUID);
    }

    void learn(MetadataResponseTopic answer) {
        for (MetadataResponsePartition partition : answer.partitions()) {
            learn(partition.partitionIndex(), new PartitionLeader(partition.leaderId(), partition.leaderEpoch()));
        }
    }

    /** Returns whether that was news. */
    boolean learn(int partition, PartitionLeader news) {
        PartitionLeader known = leaders.get(partition);
        PartitionLeader now = known == null ? news : known.after(news);
        leaders.put(partition, now);
        return !now.equals(known);
    }

    @Nullable
    PartitionLeader leader(int partition) {
        return leaders.get(partition);
    }

    int partitionCount() {
        return leaders.size();
    }
}
