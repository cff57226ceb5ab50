package io.oarlog.server.group;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ClusterState;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.TopicImage;

/**
 * The topics as the coordinator wants them: images, and what is new in each. Confined to one thread at a time.
 *
 * <p>Names, ids and numbers of partitions are all that it looks at; leaders are left out.
 */
final class MetadataImages {
    /** What brought the last image about, and what it is now. */
    record Change(MetadataDelta delta, MetadataImage image) {}

    private static final List<Integer> NOBODY = List.of();

    private MetadataImage image = MetadataImage.EMPTY;

    /**
     * Goes on to the topics as they are now.
     *
     * @param zxid at which they are at least as here; the same on all nodes
     * @return empty when nothing changed
     */
    Optional<Change> advance(Collection<Topic> topics, long zxid) {
        MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
        boolean isChanged = removeMissing(delta, topics);
        for (Topic topic : topics) {
            isChanged |= add(delta, topic);
        }
        if (!isChanged) {
            return Optional.empty();
        }
        MetadataImage next = delta.apply(new MetadataProvenance(zxid, 0, 0, true));
        image = next;
        return Optional.of(new Change(delta, next));
    }

    private boolean removeMissing(MetadataDelta delta, Collection<Topic> topics) {
        Map<Uuid, Topic> present = new HashMap<>();
        topics.forEach(topic -> present.put(ClusterState.kafkaUuid(topic.id()), topic));
        boolean isChanged = false;
        for (Uuid known : image.topics().topicsById().keySet()) {
            if (!present.containsKey(known)) {
                delta.replay(new RemoveTopicRecord().setTopicId(known));
                isChanged = true;
            }
        }
        return isChanged;
    }

    private boolean add(MetadataDelta delta, Topic topic) {
        Uuid id = ClusterState.kafkaUuid(topic.id());
        TopicImage known = image.topics().getTopic(id);
        int knownPartitions = known == null ? 0 : known.partitions().size();
        if (known == null) {
            delta.replay(new TopicRecord().setName(topic.name()).setTopicId(id));
        }
        for (int partition = knownPartitions; partition < topic.partitionCount(); partition++) {
            delta.replay(new PartitionRecord()
                    .setTopicId(id)
                    .setPartitionId(partition)
                    .setReplicas(topic.replicas().get(partition))
                    .setIsr(NOBODY)
                    .setLeader(-1));
        }
        return knownPartitions < topic.partitionCount();
    }
}
