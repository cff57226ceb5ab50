package io.oarlog.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.jspecify.annotations.Nullable;

/** Asks the coordinator what a group has committed. Confined to the event loop. */
final class CommittedOffsets {
    private static final int NOT_COMMITTED = -1;
    private static final int NO_EPOCH = -1;

    private final ClientCore core;
    private final String group;
    private final Coordinator coordinator;
    private final Supplier<@Nullable MemberIdentity> identity;
    private final Set<Question> open = new HashSet<>();

    CommittedOffsets(
            ClientCore core, String group, Coordinator coordinator, Supplier<@Nullable MemberIdentity> identity) {
        this.core = core;
        this.group = group;
        this.coordinator = coordinator;
        this.identity = identity;
    }

    /**
     * Starts to ask.
     *
     * @return completes with the offset of each partition that has one; fails with {@link InvalidRequestException} or
     *     {@link BrokerUnavailableException}
     */
    CompletableFuture<Map<TopicPartition, Long>> find(Set<TopicPartition> partitions, Duration limit) {
        Question question = new Question(partitions);
        question.begin(limit);
        return question.result;
    }

    void close() {
        List.copyOf(open).forEach(Question::onDeadline);
    }

    /** One call. */
    private final class Question {
        private final Set<TopicPartition> partitions;
        private final CompletableFuture<Map<TopicPartition, Long>> result = new CompletableFuture<>();
        private final Alarm deadline = new Alarm(core.loop(), this::onDeadline);
        private final Alarm retry = new Alarm(core.loop(), this::ask);
        private int failures;
        private @Nullable Throwable lastFailure;

        Question(Set<TopicPartition> partitions) {
            this.partitions = partitions;
        }

        void begin(Duration limit) {
            open.add(this);
            deadline.within(limit.toNanos());
            ask();
        }

        private void ask() {
            var unused = coordinator
                    .ask(Api.OFFSET_FETCH, request(), OffsetFetchResponseData.class)
                    .whenComplete(this::onEnd);
        }

        private OffsetFetchRequestData request() {
            Map<String, OffsetFetchRequestTopics> topics = new LinkedHashMap<>();
            partitions.forEach(partition -> topics.computeIfAbsent(
                            partition.topic(), name -> new OffsetFetchRequestTopics().setName(name))
                    .partitionIndexes()
                    .add(partition.partition()));
            MemberIdentity member = identity.get();
            OffsetFetchRequestGroup asked = new OffsetFetchRequestGroup()
                    .setGroupId(group)
                    .setMemberId(member == null ? null : member.memberId())
                    .setMemberEpoch(member == null ? NO_EPOCH : member.epoch())
                    .setTopics(List.copyOf(topics.values()));
            return new OffsetFetchRequestData().setRequireStable(true).setGroups(List.of(asked));
        }

        private void onEnd(@Nullable OffsetFetchResponseData answer, @Nullable Throwable failure) {
            if (result.isDone()) {
                return;
            }
            if (answer != null && !answer.groups().isEmpty()) {
                onAnswer(answer.groups().get(0));
                return;
            }
            Throwable reason = failure == null ? null : AnyBroker.unwrapped(failure);
            if (reason instanceof InvalidRequestException || reason instanceof UnsupportedApiException) {
                refuse(reason.getMessage());
            } else {
                retry(reason);
            }
        }

        private void onAnswer(OffsetFetchResponseGroup answer) {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            WireError error = WireError.forCode(answer.errorCode());
            for (var topic : answer.topics()) {
                for (var partition : topic.partitions()) {
                    WireError ofPartition = WireError.forCode(partition.errorCode());
                    error = error == WireError.NONE ? ofPartition : error;
                    if (partition.committedOffset() != NOT_COMMITTED) {
                        offsets.put(
                                new TopicPartition(topic.name(), partition.partitionIndex()),
                                partition.committedOffset());
                    }
                }
            }
            coordinator.onError(error);
            switch (error) {
                case NONE -> {
                    end();
                    result.complete(offsets);
                }
                case GROUP_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED, INVALID_GROUP_ID, INVALID_REQUEST ->
                    refuse(error.message());
                // An old epoch among others: the member has another one soon.
                default -> retry(error.exception());
            }
        }

        private void refuse(@Nullable String reason) {
            end();
            result.completeExceptionally(
                    new InvalidRequestException("offsets of group '" + group + "' cannot be read: " + reason));
        }

        private void retry(@Nullable Throwable reason) {
            lastFailure = reason;
            retry.within(core.retries().delayNanos(++failures));
        }

        private void onDeadline() {
            end();
            result.completeExceptionally(new BrokerUnavailableException(
                    "the coordinator of group '" + group + "' told no offsets in time", lastFailure));
        }

        private void end() {
            open.remove(this);
            deadline.cancel();
            retry.cancel();
        }
    }
}
