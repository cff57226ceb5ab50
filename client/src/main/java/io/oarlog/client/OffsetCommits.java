package io.oarlog.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.jspecify.annotations.Nullable;

/**
 * Commits offsets for a group, in the order in which they were submitted: one request is in flight at a time, what is
 * submitted meanwhile goes into the next one. So a retry never puts an offset back. Confined to the event loop.
 */
final class OffsetCommits {
    /** One call; numbered in the order of the calls. */
    private static final class Commit {
        private final long number;
        private final Map<TopicPartition, Long> offsets;
        private final long deadlineNanos;
        private final CompletableFuture<Void> result = new CompletableFuture<>();
        private boolean mayBeStored;
        private boolean mightBeStoredBefore;

        Commit(long number, Map<TopicPartition, Long> offsets, long deadlineNanos) {
            this.number = number;
            this.offsets = offsets;
            this.deadlineNanos = deadlineNanos;
        }
    }

    /** What is to be done when the commits up to a number have their outcome. */
    private record Barrier(long number, Runnable task) {}

    private final ClientCore core;
    private final String group;
    private final Coordinator coordinator;
    private final Supplier<@Nullable MemberIdentity> identity;
    private final Runnable onLost;
    private final Alarm deadline;
    private final Alarm retry;
    private final Queue<Barrier> barriers = new ArrayDeque<>();
    private List<Commit> waiting = new ArrayList<>();
    private List<Commit> inFlight = List.of();
    private long lastNumber;
    private int failures;
    private long notBeforeNanos;
    private @Nullable Throwable lastFailure;

    /**
     * @param identity null while there is no member to commit for
     * @param onLost runs when the coordinator says that it does not know the member
     */
    OffsetCommits(
            ClientCore core,
            String group,
            Coordinator coordinator,
            Supplier<@Nullable MemberIdentity> identity,
            Runnable onLost) {
        this.core = core;
        this.group = group;
        this.coordinator = coordinator;
        this.identity = identity;
        this.onLost = onLost;
        this.deadline = new Alarm(core.loop(), this::onDeadline);
        this.retry = new Alarm(core.loop(), this::pump);
        this.notBeforeNanos = core.loop().nowNanos();
    }

    /**
     * Commits, retrying within the limit.
     *
     * @return completes when the offsets are durable with the group; fails with {@link MembershipLostException},
     *     {@link InvalidRequestException}, {@link BrokerUnavailableException} or {@link UnknownOutcomeException}
     */
    CompletableFuture<Void> submit(Map<TopicPartition, Long> offsets, Duration limit) {
        Commit commit = new Commit(++lastNumber, offsets, core.loop().nowNanos() + limit.toNanos());
        waiting.add(commit);
        deadline.within(limit.toNanos());
        pump();
        return commit.result;
    }

    /** Runs the task when all that was submitted before has its outcome; such tasks run in their order. */
    void afterAll(Runnable task) {
        barriers.add(new Barrier(lastNumber, task));
        passBarriers();
    }

    private void passBarriers() {
        for (Barrier next = barriers.peek(); next != null && isPassed(next); next = barriers.peek()) {
            barriers.remove();
            next.task().run();
        }
    }

    /** A commit in flight holds up even when its caller has heard of its end. */
    private boolean isPassed(Barrier barrier) {
        return inFlight.stream().noneMatch(commit -> commit.number <= barrier.number())
                && waiting.stream().noneMatch(commit -> commit.number <= barrier.number());
    }

    private void pump() {
        if (inFlight.isEmpty()) {
            waiting.removeIf(commit -> commit.result.isDone());
            begin();
        }
        passBarriers();
    }

    private void begin() {
        if (waiting.isEmpty()) {
            return;
        }
        MemberIdentity member = identity.get();
        long wait = notBeforeNanos - core.loop().nowNanos();
        if (member == null) {
            waiting.forEach(this::lost);
            waiting.clear();
        } else if (wait > 0) {
            retry.within(wait);
        } else {
            inFlight = waiting;
            waiting = new ArrayList<>();
            send(member);
        }
    }

    private void send(MemberIdentity member) {
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        inFlight.forEach(commit -> offsets.putAll(commit.offsets));
        OffsetCommitRequestData request = request(member, offsets);
        var unused = coordinator
                .ready()
                .thenCompose(connection -> {
                    inFlight.forEach(OffsetCommits::onSend);
                    return coordinator.send(connection, Api.OFFSET_COMMIT, request, OffsetCommitResponseData.class);
                })
                .whenComplete(this::onEnd);
    }

    private static void onSend(Commit commit) {
        commit.mightBeStoredBefore = commit.mayBeStored;
        commit.mayBeStored = true;
    }

    private OffsetCommitRequestData request(MemberIdentity member, Map<TopicPartition, Long> offsets) {
        Map<String, OffsetCommitRequestTopic> topics = new LinkedHashMap<>();
        offsets.forEach((partition, offset) -> topics.computeIfAbsent(
                        partition.topic(), name -> new OffsetCommitRequestTopic().setName(name))
                .partitions()
                .add(new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition.partition())
                        .setCommittedOffset(offset)));
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member.memberId())
                .setGenerationIdOrMemberEpoch(member.epoch())
                .setTopics(new ArrayList<>(topics.values()));
    }

    private void onEnd(@Nullable OffsetCommitResponseData answer, @Nullable Throwable failure) {
        List<Commit> ended = inFlight;
        List<Commit> again = new ArrayList<>();
        inFlight = List.of();
        if (answer != null) {
            Map<TopicPartition, WireError> errors = errors(answer);
            ended.forEach(commit -> onAnswer(commit, errors, again));
        } else {
            Throwable reason = failure == null ? new IllegalStateException() : AnyBroker.unwrapped(failure);
            lastFailure = reason;
            ended.forEach(commit -> onNoAnswer(commit, reason, again));
        }
        if (again.isEmpty()) {
            failures = 0;
        } else {
            notBeforeNanos = core.loop().nowNanos() + core.retries().delayNanos(++failures);
            waiting.addAll(0, again);
        }
        pump();
    }

    private Map<TopicPartition, WireError> errors(OffsetCommitResponseData answer) {
        Map<TopicPartition, WireError> errors = new HashMap<>();
        answer.topics()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    WireError error = WireError.forCode(partition.errorCode());
                    coordinator.onError(error);
                    errors.put(new TopicPartition(topic.name(), partition.partitionIndex()), error);
                }));
        return errors;
    }

    private void onAnswer(Commit commit, Map<TopicPartition, WireError> errors, List<Commit> again) {
        WireError worst = WireError.NONE;
        for (TopicPartition partition : commit.offsets.keySet()) {
            WireError error = errors.getOrDefault(partition, WireError.UNKNOWN_SERVER_ERROR);
            worst = rank(error) > rank(worst) ? error : worst;
        }
        switch (rank(worst)) {
            case 0 -> commit.result.complete(null);
            case 1 -> {
                if (worst == WireError.COORDINATOR_LOAD_IN_PROGRESS || worst == WireError.STALE_MEMBER_EPOCH) {
                    // Refused before anything was written, which the others do not say.
                    commit.mayBeStored = commit.mightBeStoredBefore;
                }
                lastFailure = worst.exception();
                again.add(commit);
            }
            case 2 -> {
                lost(commit);
                onLost.run();
            }
            default ->
                commit.result.completeExceptionally(new InvalidRequestException(
                        "offsets of group '" + group + "' cannot be committed: " + worst.message()));
        }
    }

    /** 0 stored, 1 to be tried again, 2 no member, 3 refused. */
    private static int rank(WireError error) {
        return switch (error) {
            case NONE -> 0;
            case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, ILLEGAL_GENERATION, GROUP_ID_NOT_FOUND -> 2;
            case GROUP_AUTHORIZATION_FAILED,
                    TOPIC_AUTHORIZATION_FAILED,
                    INVALID_GROUP_ID,
                    INVALID_REQUEST,
                    INVALID_COMMIT_OFFSET_SIZE,
                    OFFSET_METADATA_TOO_LARGE,
                    UNSUPPORTED_VERSION -> 3;
            default -> 1;
        };
    }

    private void onNoAnswer(Commit commit, Throwable failure, List<Commit> again) {
        if (failure instanceof InvalidRequestException refusal) {
            commit.result.completeExceptionally(refusal);
        } else if (failure instanceof UnsupportedApiException) {
            commit.result.completeExceptionally(
                    new InvalidRequestException("offsets cannot be committed: " + failure.getMessage()));
        } else {
            again.add(commit);
        }
    }

    private void lost(Commit commit) {
        commit.result.completeExceptionally(
                new MembershipLostException("this consumer is no member of group '" + group + "' any more"));
    }

    private void onDeadline() {
        List<Commit> open = new ArrayList<>(inFlight);
        open.addAll(waiting);
        long now = core.loop().nowNanos();
        for (Commit commit : open) {
            if (commit.deadlineNanos - now > 0) {
                deadline.within(commit.deadlineNanos - now);
            } else if (commit.mayBeStored) {
                commit.result.completeExceptionally(new UnknownOutcomeException(
                        "the coordinator of group '" + group + "' did not confirm the commit in time", lastFailure));
            } else {
                commit.result.completeExceptionally(new BrokerUnavailableException(
                        "group '" + group + "' had no coordinator to commit to in time", lastFailure));
            }
        }
        pump();
    }

    /** Fails what has no outcome yet. */
    void close() {
        deadline.cancel();
        retry.cancel();
        barriers.clear();
        List<Commit> open = new ArrayList<>(inFlight);
        open.addAll(waiting);
        open.forEach(commit -> commit.result.completeExceptionally(
                new UnknownOutcomeException("the consumer was closed before the commit was confirmed", lastFailure)));
    }
}
