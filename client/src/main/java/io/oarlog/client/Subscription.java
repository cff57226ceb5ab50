package io.oarlog.client;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The polling thread's half of a member of a group: carries out what the group asks of the consumer, partitions given up
 * first, and tells the caller's listener. Confined to that thread.
 */
final class Subscription {
    private final ClientCore core;
    private final ConsumerSettings settings;
    private final AssignedPartitions partitions;
    private final AssignmentListener listener;
    private final String group;
    private final GroupMember member;
    private @Nullable OarlogException refusal;

    private Subscription(
            ClientCore core,
            ConsumerSettings settings,
            AssignedPartitions partitions,
            AssignmentListener listener,
            String group,
            Set<String> topics) {
        this.core = core;
        this.settings = settings;
        this.partitions = partitions;
        this.listener = listener;
        this.group = group;
        this.member = new GroupMember(core, group, topics, settings.maxPollInterval(), partitions::wake);
    }

    /** Begins to join. */
    static Subscription start(
            ClientCore core,
            ConsumerSettings settings,
            AssignedPartitions partitions,
            AssignmentListener listener,
            String group,
            Set<String> topics) {
        Subscription subscription = new Subscription(core, settings, partitions, listener, group, topics);
        core.loop().execute(() -> subscription.member.start(topics));
        return subscription;
    }

    String group() {
        return group;
    }

    /** Reads other topics instead, as the group will assign them. */
    void subscribe(Set<String> topics) {
        core.loop().execute(() -> member.subscribe(topics));
    }

    void onPollBegin() {
        member.onPollBegin();
    }

    void onPollEnd() {
        member.onPollEnd();
    }

    /**
     * Carries out what the group asks.
     *
     * @throws InvalidRequestException each time, once the group has refused this member
     */
    void reconcile() {
        for (GroupChange change = member.takeChange(); change != null; change = member.takeChange()) {
            if (change instanceof GroupChange.Assignment assignment) {
                take(assignment);
            } else if (change instanceof GroupChange.Loss) {
                lose();
            } else if (change instanceof GroupChange.Refusal refused) {
                refusal = refused.reason();
                lose();
            } else {
                throw new AssertionError(change);
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    private void take(GroupChange.Assignment assignment) {
        Set<TopicPartition> wanted = assignment.partitions();
        Set<TopicPartition> revoked = new HashSet<>(partitions.all());
        Set<TopicPartition> added = new HashSet<>(wanted);
        added.removeAll(revoked);
        revoked.removeAll(wanted);
        try {
            if (!revoked.isEmpty()) {
                listener.onRevoked(Set.copyOf(revoked));
            }
        } finally {
            partitions.assign(wanted);
            core.loop().execute(() -> member.onOwned(assignment));
        }
        if (!added.isEmpty()) {
            listener.onAssigned(Set.copyOf(added));
        }
    }

    private void lose() {
        Set<TopicPartition> lost = partitions.all();
        partitions.assign(Set.of());
        core.loop().execute(member::onReleased);
        if (!lost.isEmpty()) {
            listener.onLost(lost);
        }
    }

    /** Where to begin: at the committed offsets, or where the settings say. */
    AssignedPartitions.Beginnings beginnings(OffsetLookup lookup) {
        return wanted -> committed(wanted).thenCompose(committed -> {
            Set<TopicPartition> others = new HashSet<>(wanted);
            others.removeAll(committed.keySet());
            return lookup.beginnings(others, settings.startAt(), settings.operationTimeout())
                    .thenApply(found -> {
                        found.putAll(committed);
                        return found;
                    });
        });
    }

    CompletableFuture<Map<TopicPartition, Long>> committed(Set<TopicPartition> asked) {
        return onLoop(() -> member.committed().find(asked, settings.operationTimeout()));
    }

    /** Commits; see {@link OffsetCommits#submit}. Completes on the loop. */
    CompletableFuture<Void> commit(Map<TopicPartition, Long> offsets) {
        return offsets.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : onLoop(() -> member.commits().submit(offsets, settings.operationTimeout()));
    }

    private <T> CompletableFuture<T> onLoop(Supplier<CompletableFuture<T>> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        core.loop().execute(() -> {
            var unused = task.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        });
        return result;
    }

    /** Gives everything back and leaves the group; waits for the coordinator's word within the limit. */
    void leave(Duration limit) {
        try {
            GroupChange change = member.takeChange();
            if (change instanceof GroupChange.Loss) {
                lose();
            } else if (!partitions.all().isEmpty()) {
                listener.onRevoked(partitions.all());
            }
        } finally {
            partitions.assign(Set.of());
            CompletableFuture<Void> left = new CompletableFuture<>();
            core.loop().execute(() -> {
                var unused = member.leave().thenRun(() -> left.complete(null));
            });
            awaitEnd(left, limit);
            core.loop().execute(member::close);
        }
    }

    private static void awaitEnd(CompletableFuture<Void> left, Duration limit) {
        try {
            left.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // The group finds out by itself, after its session timeout.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
