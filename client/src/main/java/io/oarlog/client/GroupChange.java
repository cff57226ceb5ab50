package io.oarlog.client;

import java.util.Set;

/** What the group asks of the thread that polls. */
sealed interface GroupChange {
    /**
     * These partitions are the member's, and no others.
     *
     * @param number of the group's assignment: another one may be of the same partitions, and is to be answered too
     */
    record Assignment(int number, Set<TopicPartition> partitions) implements GroupChange {}

    /** None is any more. */
    record Loss() implements GroupChange {}

    /** The group wants no such member. */
    record Refusal(OarlogException reason) implements GroupChange {}
}
