package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.jspecify.annotations.Nullable;

/**
 * One member's side of a group whose assignment the broker makes (KIP-848). It is told answers, the time and what the
 * consumer has, and says which heartbeat to send when. Neither clock nor socket; confined to one thread.
 *
 * <pre>
 * JOINING --answer--> MEMBER --fenced, poll overdue--> LOST --released--> JOINING
 *    |                  |                               |
 *    +-- leave --> LEAVING --answer--> ENDED <-- leave -+
 *    +-- refused ----------------------> ENDED
 * </pre>
 *
 * <p>While LOST the consumer must let go of all its partitions; only then does the member join again, with nothing. One
 * heartbeat is in flight at a time. What has not changed since the last heartbeat that was answered is left out; after
 * one that was not answered, or refused, all is said again.
 */
final class Membership {
    /** Nothing is to be sent until something else happens. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int JOIN_EPOCH = 0;
    private static final int LEAVE_EPOCH = -1;
    private static final int UNCHANGED = -1;

    enum State {
        JOINING,
        MEMBER,
        LOST,
        LEAVING,
        ENDED
    }

    /**
     * A heartbeat on its way.
     *
     * @param report number of what it, or one before it, says that the consumer has
     */
    private record Heartbeat(int epoch, Set<String> topics, int report) {}

    private final String group;
    private final int rebalanceTimeoutMillis;
    private final RetryPolicy retries;
    private State state = State.JOINING;
    private String memberId;
    private int epoch = JOIN_EPOCH;
    private Set<String> topics;
    private Set<PartitionId> target = Set.of();
    private int assignmentNumber;
    private Set<PartitionId> owned = Set.of();
    /** Counts what the consumer said that it has: also the same again answers an assignment. */
    private int report;
    /** What the broker knows of the two; null when it has to be told in any case. */
    private @Nullable Heartbeat told;

    private @Nullable Heartbeat inFlight;
    private boolean retreats;
    private int failures;
    private long dueNanos;
    private @Nullable OarlogException refusal;

    /**
     * @param memberId made by this member (KIP-1082); a broker that knows only the first version may give another one
     * @param rebalanceTimeout how long this member may take to give partitions back
     */
    Membership(
            String group,
            String memberId,
            Set<String> topics,
            Duration rebalanceTimeout,
            RetryPolicy retries,
            long nowNanos) {
        this.group = group;
        this.memberId = memberId;
        this.topics = Set.copyOf(topics);
        this.rebalanceTimeoutMillis = (int) Math.min(Integer.MAX_VALUE, rebalanceTimeout.toMillis());
        this.retries = retries;
        this.dueNanos = nowNanos;
    }

    State state() {
        return state;
    }

    /** With what to commit; null when not a member. */
    @Nullable
    MemberIdentity identity() {
        return state == State.MEMBER ? new MemberIdentity(memberId, epoch) : null;
    }

    /** What the consumer shall have. */
    Set<PartitionId> target() {
        return target;
    }

    /**
     * The number of the target, another one for each other target. The broker waits until the consumer has said what it
     * has since the newest one, also when that is what it had before: it may have taken back what the consumer never got.
     */
    int assignmentNumber() {
        return assignmentNumber;
    }

    /** Why the broker wants no such member. */
    @Nullable
    OarlogException refusal() {
        return refusal;
    }

    /** How long to wait before the next heartbeat; {@link #NEVER} while there is none to be sent. */
    long nanosToNext(long nowNanos) {
        if (inFlight != null || state == State.ENDED || (state == State.LOST && !retreats)) {
            return NEVER;
        }
        return failures == 0 && hasNews() ? 0 : Math.max(0, dueNanos - nowNanos);
    }

    private boolean hasNews() {
        return state != State.MEMBER || told == null || !told.topics().equals(topics) || told.report() != report;
    }

    /** The heartbeat to send now, from which on it is in flight; null when none is due. */
    @Nullable
    ConsumerGroupHeartbeatRequestData next(long nowNanos) {
        if (nanosToNext(nowNanos) != 0) {
            return null;
        }
        boolean leaves = state == State.LEAVING || state == State.LOST;
        Heartbeat known = told;
        inFlight = new Heartbeat(leaves ? LEAVE_EPOCH : epoch, topics, report);
        ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setMemberEpoch(leaves ? LEAVE_EPOCH : epoch)
                .setRebalanceTimeoutMs(known == null && !leaves ? rebalanceTimeoutMillis : UNCHANGED);
        if (!leaves && (known == null || !known.topics().equals(topics))) {
            request.setSubscribedTopicNames(topics.stream().sorted().toList());
        }
        if (!leaves && (known == null || known.report() != report)) {
            request.setTopicPartitions(byTopic(owned));
        }
        return request;
    }

    private static List<TopicPartitions> byTopic(Set<PartitionId> partitions) {
        Map<Uuid, List<Integer>> numbers = new HashMap<>();
        partitions.forEach(p ->
                numbers.computeIfAbsent(p.topic(), topic -> new ArrayList<>()).add(p.partition()));
        List<TopicPartitions> topics = new ArrayList<>();
        numbers.forEach((topic, ofTopic) ->
                topics.add(new TopicPartitions().setTopicId(topic).setPartitions(ofTopic)));
        return topics;
    }

    /** The heartbeat in flight was answered. */
    void onAnswer(ConsumerGroupHeartbeatResponseData answer, long nowNanos) {
        Heartbeat sent = requireNonNull(inFlight);
        inFlight = null;
        if (sent.epoch() == LEAVE_EPOCH) {
            onLeaveAnswer(WireError.forCode(answer.errorCode()), nowNanos);
            return;
        }
        boolean isCurrent = state == State.JOINING ? sent.epoch() == JOIN_EPOCH : state == State.MEMBER;
        if (!isCurrent) {
            return;
        }
        WireError error = WireError.forCode(answer.errorCode());
        switch (error) {
            case NONE -> onAccepted(sent, answer, nowNanos);
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND -> {
                failed(nowNanos);
                lose();
            }
            case INVALID_REQUEST,
                    INVALID_GROUP_ID,
                    GROUP_AUTHORIZATION_FAILED,
                    TOPIC_AUTHORIZATION_FAILED,
                    GROUP_MAX_SIZE_REACHED,
                    INCONSISTENT_GROUP_PROTOCOL,
                    UNSUPPORTED_ASSIGNOR,
                    UNSUPPORTED_VERSION -> {
                String reason = answer.errorMessage();
                onRefused(new InvalidRequestException(
                        "group '" + group + "' cannot be joined: " + (reason == null ? error.message() : reason)));
            }
            default -> failed(nowNanos);
        }
    }

    private void onAccepted(Heartbeat sent, ConsumerGroupHeartbeatResponseData answer, long nowNanos) {
        String given = answer.memberId();
        if (given != null && !given.isEmpty()) {
            memberId = given;
        }
        state = State.MEMBER;
        epoch = answer.memberEpoch();
        told = sent;
        failures = 0;
        dueNanos = nowNanos + Duration.ofMillis(answer.heartbeatIntervalMs()).toNanos();
        Assignment assignment = answer.assignment();
        if (assignment != null) {
            Set<PartitionId> assigned = new HashSet<>();
            assignment
                    .topicPartitions()
                    .forEach(topic -> topic.partitions()
                            .forEach(number -> assigned.add(new PartitionId(topic.topicId(), number))));
            if (!target.equals(assigned)) {
                target = Set.copyOf(assigned);
                assignmentNumber++;
            }
        }
    }

    private void onLeaveAnswer(WireError error, long nowNanos) {
        boolean again = switch (error) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS -> true;
            default -> false;
        };
        if (again) {
            failed(nowNanos);
        } else if (state == State.LEAVING) {
            state = State.ENDED;
        } else {
            retreats = false;
            failures = 0;
        }
    }

    /** The heartbeat in flight was not answered: whether the broker has it is not known. */
    void onNoAnswer(long nowNanos) {
        inFlight = null;
        failed(nowNanos);
    }

    private void failed(long nowNanos) {
        told = null;
        failures++;
        dueNanos = nowNanos + retries.delayNanos(failures);
    }

    private void lose() {
        state = State.LOST;
        epoch = JOIN_EPOCH;
        told = null;
        target = Set.of();
        assignmentNumber++;
    }

    /** There can be no such member. */
    void onRefused(OarlogException reason) {
        inFlight = null;
        state = State.ENDED;
        refusal = reason;
        target = Set.of();
    }

    /**
     * The consumer is told to have these partitions and no others. Until it has said that it does ({@link #onOwned}) it may have
     * them beside what it had, and no less than that is said to the broker if it has to be told: it must give none to others.
     */
    void onHandedOut(Set<PartitionId> partitions) {
        Set<PartitionId> both = new HashSet<>(owned);
        both.addAll(partitions);
        owned = Set.copyOf(both);
    }

    /** The consumer has these partitions now and keeps them; meaningless while LOST. */
    void onOwned(Set<PartitionId> partitions) {
        owned = Set.copyOf(partitions);
        report++;
    }

    /** After LOST the consumer has no partition any more. */
    void onReleased() {
        if (state == State.LOST) {
            onOwned(Set.of());
            state = State.JOINING;
            retreats = false;
        }
    }

    /** Asks the group at once whether it still knows this member. */
    void onDoubt(long nowNanos) {
        if (state == State.MEMBER && failures == 0) {
            dueNanos = nowNanos;
        }
    }

    /** The consumer does not poll: it leaves its place to others until it is released. Returns whether it had one. */
    boolean onPollOverdue() {
        if (state != State.MEMBER && state != State.JOINING) {
            return false;
        }
        lose();
        retreats = true;
        failures = 0;
        return true;
    }

    /** Takes other topics. */
    void subscribe(Set<String> newTopics) {
        topics = Set.copyOf(newTopics);
    }

    /** Leaves for good; ENDED when the broker knows. */
    void leave() {
        if (state == State.LOST) {
            state = State.ENDED;
        } else if (state != State.ENDED) {
            boolean isUnknown = state == State.JOINING && inFlight == null && failures == 0;
            state = isUnknown ? State.ENDED : State.LEAVING;
            failures = 0;
        }
    }
}
