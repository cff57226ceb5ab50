package io.oarlog.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.jspecify.annotations.Nullable;

/**
 * Asks the leaders of partitions for offsets until all have answered or the time is over. Confined to the event loop,
 * but for {@link #find}.
 */
final class OffsetLookup {
    /** In place of a timestamp: the first offset of the log. */
    static final long EARLIEST = -2;

    /** In place of a timestamp: the offset that the next record will get. */
    static final long LATEST = -1;

    /** The offset found when there is none. */
    static final long NOT_FOUND = -1;

    private static final int CONSUMER = -1;

    private final ClientCore core;
    private final Set<Question> open = new HashSet<>();

    OffsetLookup(ClientCore core) {
        this.core = core;
        core.cluster().onChange(() -> List.copyOf(open).forEach(Question::onClusterChange));
    }

    /**
     * Starts to ask. May be called by any thread.
     *
     * @param timestamps ms since the epoch, {@link #EARLIEST} or {@link #LATEST}
     * @return completes on the loop with an answer for each partition, whose offset can be {@link #NOT_FOUND}; fails with
     *     {@link UnknownTopicException}, {@link InvalidRequestException} or {@link BrokerUnavailableException}
     */
    CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>> find(
            Map<TopicPartition, Long> timestamps, Duration limit) {
        Question question = new Question(timestamps);
        core.loop().execute(() -> question.begin(limit));
        return question.result;
    }

    /** Asks where partitions begin. May be called by any thread; completes with a map that is the caller's. */
    CompletableFuture<Map<TopicPartition, Long>> beginnings(
            Set<TopicPartition> partitions, StartAt startAt, Duration limit) {
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        partitions.forEach(partition -> timestamps.put(partition, startAt.timestamp()));
        return find(timestamps, limit).thenApply(found -> {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            found.forEach((partition, answer) -> offsets.put(partition, answer.offset()));
            return offsets;
        });
    }

    /** One call, with what is left of it to ask. */
    private final class Question {
        private final Map<TopicPartition, Long> unanswered;
        private final Map<TopicPartition, OffsetAndTimestamp> answers = new HashMap<>();
        private final CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>> result = new CompletableFuture<>();
        private final Alarm deadline = new Alarm(core.loop(), this::onDeadline);
        private final Alarm retry = new Alarm(core.loop(), this::ask);
        private int requestsInFlight;
        private int failures;
        private boolean waitsForLeader;
        private @Nullable Throwable lastFailure;

        Question(Map<TopicPartition, Long> timestamps) {
            this.unanswered = new HashMap<>(timestamps);
        }

        void begin(Duration limit) {
            open.add(this);
            unanswered.keySet().forEach(partition -> core.cluster().want(partition.topic()));
            deadline.within(limit.toNanos());
            ask();
        }

        void onClusterChange() {
            if (waitsForLeader && requestsInFlight == 0) {
                ask();
            }
        }

        private void ask() {
            if (result.isDone() || requestsInFlight > 0) {
                return;
            }
            if (unanswered.isEmpty()) {
                end();
                result.complete(answers);
                return;
            }
            waitsForLeader = false;
            Map<Integer, List<ListOffsetsTopic>> byLeader = new HashMap<>();
            unanswered.forEach((partition, timestamp) -> {
                PartitionLeader leader = core.cluster().leader(partition);
                if (leader != null && leader.exists()) {
                    byLeader.computeIfAbsent(leader.brokerId(), id -> new ArrayList<>())
                            .add(topic(partition, leader, timestamp));
                } else {
                    waitsForLeader = true;
                }
            });
            if (waitsForLeader) {
                core.cluster().refresh();
            }
            requestsInFlight = byLeader.size();
            byLeader.forEach(this::send);
        }

        private static ListOffsetsTopic topic(TopicPartition partition, PartitionLeader leader, long timestamp) {
            return new ListOffsetsTopic()
                    .setName(partition.topic())
                    .setPartitions(List.of(new ListOffsetsPartition()
                            .setPartitionIndex(partition.partition())
                            .setCurrentLeaderEpoch(leader.epoch())
                            .setTimestamp(timestamp)));
        }

        private void send(int brokerId, List<ListOffsetsTopic> topics) {
            Endpoint endpoint = core.brokers().endpoint(brokerId);
            ListOffsetsRequestData request =
                    new ListOffsetsRequestData().setReplicaId(CONSUMER).setTopics(topics);
            CompletableFuture<Connection> ready = endpoint == null
                    ? CompletableFuture.failedFuture(
                            new ConnectionLostException("the address of broker " + brokerId + " is not known", null))
                    : core.brokers().connections().ready(endpoint);
            var unused = ready.thenCompose(connection ->
                            connection.send(Api.LIST_OFFSETS, request, ListOffsetsResponseData.class, Duration.ZERO))
                    .whenComplete(this::onAnswer);
        }

        private void onAnswer(@Nullable ListOffsetsResponseData answer, @Nullable Throwable failure) {
            requestsInFlight--;
            if (answer == null) {
                lastFailure = failure;
            } else {
                answer.topics()
                        .forEach(
                                topic -> topic.partitions().forEach(partition -> onPartition(topic.name(), partition)));
            }
            if (requestsInFlight > 0 || result.isDone()) {
                return;
            }
            if (unanswered.isEmpty()) {
                ask();
            } else {
                core.cluster().refresh();
                retry.within(core.retries().delayNanos(++failures));
            }
        }

        private void onPartition(String topic, ListOffsetsPartitionResponse answer) {
            TopicPartition partition = new TopicPartition(topic, answer.partitionIndex());
            WireError error = WireError.forCode(answer.errorCode());
            switch (error) {
                case NONE -> {
                    if (unanswered.remove(partition) != null) {
                        answers.put(partition, new OffsetAndTimestamp(answer.offset(), answer.timestamp()));
                    }
                }
                case TOPIC_AUTHORIZATION_FAILED,
                        INVALID_TOPIC_EXCEPTION,
                        INVALID_REQUEST,
                        UNSUPPORTED_VERSION,
                        UNSUPPORTED_FOR_MESSAGE_FORMAT -> {
                    end();
                    result.completeExceptionally(
                            new InvalidRequestException(partition + " does not tell offsets: " + error.message()));
                }
                default -> lastFailure = error.exception();
            }
        }

        private void onDeadline() {
            end();
            TopicPartition partition = unanswered.keySet().stream()
                    .filter(core.cluster()::isMissing)
                    .findAny()
                    .orElseGet(() -> unanswered.keySet().iterator().next());
            result.completeExceptionally(
                    core.cluster().isMissing(partition)
                            ? new UnknownTopicException(partition + " does not exist")
                            : new BrokerUnavailableException(
                                    "the leader of " + partition + " told no offset in time", lastFailure));
        }

        private void end() {
            open.remove(this);
            deadline.cancel();
            retry.cancel();
        }
    }
}
