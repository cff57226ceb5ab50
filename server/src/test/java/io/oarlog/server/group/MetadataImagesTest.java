package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.Topic;
import io.oarlog.server.api.ClusterState;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage.TopicMetadata;
import org.apache.kafka.coordinator.common.runtime.KRaftCoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.KRaftCoordinatorMetadataImage;
import org.junit.jupiter.api.Test;

class MetadataImagesTest {
    private final MetadataImages images = new MetadataImages();

    private static Topic topic(long id, String name, int partitions) {
        return new Topic(new UUID(0, id), name, Collections.nCopies(partitions, List.of(1, 2, 3)), Map.of());
    }

    private static Uuid id(long id) {
        return ClusterState.kafkaUuid(new UUID(0, id));
    }

    /** As the coordinator reads it. */
    private static CoordinatorMetadataImage image(MetadataImages.Change change) {
        return new KRaftCoordinatorMetadataImage(change.image());
    }

    @Test
    void shouldShowTopicsByNameAndId() {
        // when
        MetadataImages.Change change =
                images.advance(List.of(topic(1, "a", 3), topic(2, "b", 1)), 40).orElseThrow();

        // then
        CoordinatorMetadataImage image = image(change);
        assertThat(image.topicNames()).containsExactlyInAnyOrder("a", "b");
        assertThat(image.topicMetadata("a").map(TopicMetadata::partitionCount)).contains(3);
        assertThat(image.topicMetadata(id(2)).map(TopicMetadata::name)).contains("b");
        assertThat(image.topicMetadata("a").orElseThrow().partitionRacks(0)).isEmpty();
        assertThat(image.version()).isEqualTo(40);
        assertThat(new KRaftCoordinatorMetadataDelta(change.delta()).createdTopicIds())
                .containsExactlyInAnyOrder(id(1), id(2));
    }

    @Test
    void shouldSayNothingWhenNothingChanged() {
        // given
        images.advance(List.of(topic(1, "a", 3)), 40);

        // then
        assertThat(images.advance(List.of(topic(1, "a", 3)), 41)).isEmpty();
    }

    @Test
    void shouldTellOfATopicThatWasDeletedAndMadeAnew() {
        // given
        images.advance(List.of(topic(1, "a", 3), topic(2, "b", 1)), 40);

        // when
        MetadataImages.Change change =
                images.advance(List.of(topic(3, "a", 2), topic(2, "b", 1)), 41).orElseThrow();

        // then
        assertThat(image(change).topicMetadata("a").map(TopicMetadata::partitionCount))
                .contains(2);
        KRaftCoordinatorMetadataDelta delta = new KRaftCoordinatorMetadataDelta(change.delta());
        assertThat(delta.deletedTopicIds()).containsExactly(id(1));
        assertThat(delta.createdTopicIds()).containsExactly(id(3));
        assertThat(delta.image().topicMetadata(id(1)).map(TopicMetadata::name)).contains("a");
    }

    @Test
    void shouldTellOfNewPartitions() {
        // given
        images.advance(List.of(topic(1, "a", 3)), 40);

        // when
        MetadataImages.Change change =
                images.advance(List.of(topic(1, "a", 5)), 41).orElseThrow();

        // then
        assertThat(image(change).topicMetadata("a").map(TopicMetadata::partitionCount))
                .contains(5);
        assertThat(new KRaftCoordinatorMetadataDelta(change.delta()).changedTopicIds())
                .containsExactly(id(1));
    }
}
