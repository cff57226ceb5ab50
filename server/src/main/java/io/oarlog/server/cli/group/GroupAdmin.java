package io.oarlog.server.cli.group;

import io.oarlog.server.cli.connection.KafkaAnswers;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListGroupsResult;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** What the cluster knows of groups, and changes of it. Confined to its command's thread; every call waits for its answer. */
final class GroupAdmin implements AutoCloseable {
    /** A partition without leader is told as such before its user gives up. */
    private static final int OFFSETS_LIMIT_MILLIS = 5_000;

    private final Admin admin;

    /** @param admin closed with this */
    GroupAdmin(Admin admin) {
        this.admin = admin;
    }

    ListGroupsResult list() {
        return admin.listGroups();
    }

    /** @throws CommandFailedException when there is no such group, or it is not one of consumers */
    ConsumerGroupDescription describe(String group) {
        return find(group)
                .orElseThrow(() -> new CommandFailedException(
                        "there is no group '" + group + "'; see those there are with: oarlog group list"));
    }

    Optional<ConsumerGroupDescription> find(String group) {
        try {
            return Optional.of(KafkaAnswers.await(Objects.requireNonNull(admin.describeConsumerGroups(Set.of(group))
                    .describedGroups()
                    .get(group))));
        } catch (GroupIdNotFoundException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(
                    "'" + group + "' is no group of consumers; see its protocol with: oarlog group list", e);
        }
    }

    /** The offsets that the group has committed; it may have none. */
    Map<TopicPartition, Long> committed(String group) {
        Map<TopicPartition, OffsetAndMetadata> answer =
                KafkaAnswers.await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group));
        Map<TopicPartition, Long> committed = new HashMap<>();
        answer.forEach((partition, offset) -> {
            if (offset != null) {
                committed.put(partition, offset.offset());
            }
        });
        return committed;
    }

    /**
     * Sets the group's offsets; when it returns they are stored at a majority.
     *
     * @throws CommandFailedException when the group has members; nothing is changed then
     */
    void commit(String group, Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
        offsets.forEach((partition, offset) -> wanted.put(partition, new OffsetAndMetadata(offset)));
        try {
            KafkaAnswers.await(admin.alterConsumerGroupOffsets(group, wanted).all());
        } catch (UnknownMemberIdException | GroupNotEmptyException e) {
            throw new CommandFailedException(
                    "a member has joined '" + group + "' meanwhile, nothing is changed; stop it and try again", e);
        }
    }

    /** @throws CommandFailedException when there is no such group, or it has members */
    void delete(String group) {
        try {
            KafkaAnswers.await(Objects.requireNonNull(
                    admin.deleteConsumerGroups(Set.of(group)).deletedGroups().get(group)));
        } catch (GroupIdNotFoundException e) {
            throw new CommandFailedException(
                    "there is no group '" + group + "'; see those there are with: oarlog group list", e);
        } catch (GroupNotEmptyException e) {
            throw new CommandFailedException(
                    "group '" + group + "' has members; stop them first, see who they are with: oarlog group describe "
                            + group,
                    e);
        }
    }

    /** Those of the partitions whose topic exists. */
    Set<TopicPartition> existing(Collection<TopicPartition> partitions) {
        Set<String> topics = KafkaAnswers.await(admin.listTopics().names());
        return partitions.stream().filter(p -> topics.contains(p.topic())).collect(Collectors.toSet());
    }

    /** Where each log begins; without those that nobody leads just now. */
    Map<TopicPartition, Long> beginnings(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.earliest());
    }

    /** Behind the last record of each log; without those that nobody leads just now. */
    Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.latest());
    }

    /** The first record that is not older, or -1 when all are; without those that nobody leads just now. */
    Map<TopicPartition, Long> firstSince(Collection<TopicPartition> partitions, long timestampMillis) {
        return offsets(partitions, OffsetSpec.forTimestamp(timestampMillis));
    }

    private Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec which) {
        ListOffsetsResult asked = admin.listOffsets(
                partitions.stream().collect(Collectors.toMap(p -> p, p -> which)),
                new ListOffsetsOptions().timeoutMs(OFFSETS_LIMIT_MILLIS));
        Map<TopicPartition, Long> found = new HashMap<>();
        for (TopicPartition partition : partitions) {
            try {
                found.put(
                        partition,
                        KafkaAnswers.await(asked.partitionResult(partition)).offset());
            } catch (TimeoutException e) {
                // It has no leader; its caller says so.
            }
        }
        return found;
    }

    @Override
    public void close() {
        admin.close();
    }

    /** The line for {@code failure} of one node among others. */
    static String reason(Throwable failure) {
        return failure instanceof KafkaException && failure.getMessage() != null
                ? failure.getMessage()
                : failure.toString();
    }
}
