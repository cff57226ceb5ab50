package io.oarlog.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's half of a member of a group: sends the heartbeats that {@link Membership} asks for and puts what comes
 * of them into the polling thread's words. Confined to the event loop, but for what says otherwise.
 *
 * <p>The newest change waits in one place for the polling thread ({@link #takeChange}), which carries it out and says so
 * ({@link #onOwned}, {@link #onReleased}); what it has given up is told to the group after every commit before it has
 * its outcome.
 */
final class GroupMember {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);

    private final ClientCore core;
    private final String group;
    private final Duration maxPollInterval;
    private final Runnable wake;
    private final Coordinator coordinator;
    private final Membership membership;
    private final OffsetCommits commits;
    private final CommittedOffsets committed;
    private final Alarm heartbeatAlarm;
    private final Alarm pollAlarm;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final AtomicReference<@Nullable GroupChange> change = new AtomicReference<>();
    /** The ids of what was ever handed out, by name. */
    private final Map<TopicPartition, PartitionId> ids = new HashMap<>();

    /** The one that is told to the cluster's view, and taken from it again. */
    private final Runnable onClusterChange = this::step;

    private Set<TopicPartition> owned = Set.of();
    /** The newest one. */
    private GroupChange.Assignment handedOut = new GroupChange.Assignment(0, Set.of());

    private boolean lossIsHandedOut;
    /** Written by the polling thread, read on the loop. */
    private volatile boolean isPolling;

    private volatile long polledNanos;

    /** @param wake interrupts the polling thread's wait for records */
    GroupMember(ClientCore core, String group, Set<String> topics, Duration maxPollInterval, Runnable wake) {
        this.core = core;
        this.group = group;
        this.maxPollInterval = maxPollInterval;
        this.wake = wake;
        this.coordinator = new Coordinator(core, group);
        long now = core.loop().nowNanos();
        String memberId = UUID.randomUUID().toString();
        this.membership = new Membership(group, memberId, topics, maxPollInterval, core.retries(), now);
        this.commits = new OffsetCommits(core, group, coordinator, membership::identity, this::onDoubt);
        this.committed = new CommittedOffsets(core, group, coordinator, membership::identity);
        this.heartbeatAlarm = new Alarm(core.loop(), this::step);
        this.pollAlarm = new Alarm(core.loop(), this::onPollCheck);
        this.polledNanos = now;
    }

    /** Begins to join. */
    void start(Set<String> topics) {
        topics.forEach(core.cluster()::want);
        core.cluster().onChange(onClusterChange);
        pollAlarm.within(maxPollInterval.toNanos());
        step();
    }

    void subscribe(Set<String> topics) {
        topics.forEach(core.cluster()::want);
        membership.subscribe(topics);
        step();
    }

    OffsetCommits commits() {
        return commits;
    }

    CommittedOffsets committed() {
        return committed;
    }

    private void step() {
        if (ended.isDone()) {
            return;
        }
        handOut();
        long now = core.loop().nowNanos();
        ConsumerGroupHeartbeatRequestData heartbeat = membership.next(now);
        if (heartbeat != null) {
            send(heartbeat);
        }
        long wait = membership.nanosToNext(now);
        if (wait != Membership.NEVER) {
            heartbeatAlarm.within(wait);
        }
        if (membership.state() == Membership.State.ENDED) {
            close();
        }
    }

    private void send(ConsumerGroupHeartbeatRequestData heartbeat) {
        var unused = coordinator
                .ask(Api.CONSUMER_GROUP_HEARTBEAT, heartbeat, ConsumerGroupHeartbeatResponseData.class)
                .whenComplete((answer, failure) -> {
                    if (answer != null) {
                        onAnswer(answer);
                    } else if (failure != null) {
                        onNoAnswer(AnyBroker.unwrapped(failure));
                    }
                    step();
                });
    }

    private void onAnswer(ConsumerGroupHeartbeatResponseData answer) {
        WireError error = WireError.forCode(answer.errorCode());
        if (error != WireError.NONE) {
            LOG.atDebug()
                    .addKeyValue("group", group)
                    .addKeyValue("error", error)
                    .log("heartbeat was refused");
        }
        coordinator.onError(error);
        membership.onAnswer(answer, core.loop().nowNanos());
    }

    private void onNoAnswer(Throwable failure) {
        if (failure instanceof InvalidRequestException refusal) {
            membership.onRefused(refusal);
        } else if (failure instanceof UnsupportedApiException) {
            membership.onRefused(
                    new InvalidRequestException("group '" + group + "' cannot be joined: " + failure.getMessage()));
        } else {
            LOG.atDebug().addKeyValue("group", group).setCause(failure).log("heartbeat was not answered");
            membership.onNoAnswer(core.loop().nowNanos());
        }
    }

    private void onDoubt() {
        membership.onDoubt(core.loop().nowNanos());
        step();
    }

    private void handOut() {
        OarlogException refusal = membership.refusal();
        switch (membership.state()) {
            case MEMBER -> {
                Map<TopicPartition, PartitionId> named = named(membership.target());
                var newest = new GroupChange.Assignment(membership.assignmentNumber(), Set.copyOf(named.keySet()));
                if (!newest.equals(handedOut)) {
                    handedOut = newest;
                    ids.putAll(named);
                    membership.onHandedOut(Set.copyOf(named.values()));
                    handOut(newest);
                }
            }
            case LOST -> {
                if (!lossIsHandedOut) {
                    LOG.atWarn().addKeyValue("group", group).log("lost the membership, joins again");
                    lossIsHandedOut = true;
                    handedOut = new GroupChange.Assignment(membership.assignmentNumber(), Set.of());
                    handOut(new GroupChange.Loss());
                }
            }
            case ENDED -> {
                if (refusal != null) {
                    handOut(new GroupChange.Refusal(refusal));
                }
            }
            case JOINING, LEAVING -> {}
        }
    }

    private void handOut(GroupChange newest) {
        change.set(newest);
        wake.run();
    }

    /**
     * Those of which the names are known, which the others wait for. So does a topic that was created anew while the
     * consumer still has the partition of the old one: that is taken from it first.
     */
    private Map<TopicPartition, PartitionId> named(Set<PartitionId> partitions) {
        Map<TopicPartition, PartitionId> named = new HashMap<>();
        for (PartitionId id : partitions) {
            String topic = core.cluster().topicName(id.topic());
            if (topic == null) {
                core.cluster().refresh();
                continue;
            }
            TopicPartition name = new TopicPartition(topic, id.partition());
            if (!owned.contains(name) || id.equals(ids.get(name))) {
                named.put(name, id);
            }
        }
        return named;
    }

    /** What the group asks of the polling thread, once. May be called by any thread. */
    @Nullable
    GroupChange takeChange() {
        return change.getAndSet(null);
    }

    /** The polling thread has these partitions now and no others. */
    void onOwned(GroupChange.Assignment assignment) {
        commits.afterAll(() -> {
            owned = assignment.partitions();
            if (assignment.equals(handedOut)) {
                Set<PartitionId> ownedIds = new HashSet<>();
                owned.forEach(partition -> ownedIds.add(ids.get(partition)));
                membership.onOwned(ownedIds);
            }
            step();
        });
    }

    /** After a loss the polling thread has no partition any more. */
    void onReleased() {
        commits.afterAll(() -> {
            owned = Set.of();
            lossIsHandedOut = false;
            membership.onReleased();
            step();
        });
    }

    /** The caller has begun to poll. To be called by the polling thread. */
    void onPollBegin() {
        isPolling = true;
    }

    /** The caller is on its own. To be called by the polling thread. */
    void onPollEnd() {
        polledNanos = core.loop().nowNanos();
        isPolling = false;
    }

    private void onPollCheck() {
        long limit = maxPollInterval.toNanos();
        long wait = isPolling ? limit : polledNanos + limit - core.loop().nowNanos();
        if (wait <= 0 && membership.onPollOverdue()) {
            LOG.atWarn().addKeyValue("group", group).log("the consumer was not polled in time, leaves its group");
            step();
        }
        if (!ended.isDone()) {
            pollAlarm.within(wait <= 0 ? limit : wait);
        }
    }

    /**
     * Leaves the group when every commit has its outcome.
     *
     * @return completes when the coordinator knows, or {@link #close} was called
     */
    CompletableFuture<Void> leave() {
        commits.afterAll(() -> {
            membership.leave();
            step();
        });
        return ended;
    }

    /** Ends without a word. */
    void close() {
        core.cluster().removeListener(onClusterChange);
        heartbeatAlarm.cancel();
        pollAlarm.cancel();
        ended.complete(null);
        commits.close();
        committed.close();
        coordinator.close();
    }
}
