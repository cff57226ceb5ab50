package io.oarlog.client;

import java.util.Set;

/**
 * Is told which partitions a member of a group has, by the thread that polls and within {@link Consumer#poll} (the last
 * time within {@link Consumer#close} or {@link Consumer#unsubscribe}). It may commit and seek; what it throws comes out of
 * the poll.
 *
 * <pre>{@code
 * consumer.subscribe("billing", List.of("orders"), new AssignmentListener() {
 *     @Override
 *     public void onRevoked(Set<TopicPartition> partitions) {
 *         store.flush();
 *         consumer.commitSync();
 *     }
 * });
 * }</pre>
 */
public interface AssignmentListener {
    /** Nothing is done. */
    AssignmentListener NONE = new AssignmentListener() {};

    /** These partitions are read from now on, beside those that were before. */
    default void onAssigned(Set<TopicPartition> partitions) {}

    /**
     * These partitions are given back when this returns, and others read them from the committed offsets on. Until then
     * they are still this member's, and the last chance to commit is now.
     */
    default void onRevoked(Set<TopicPartition> partitions) {}

    /**
     * The group has removed this member, which did not poll or was not heard of for too long: others may read these
     * partitions already, and offsets of them can be committed no more.
     */
    default void onLost(Set<TopicPartition> partitions) {}
}
