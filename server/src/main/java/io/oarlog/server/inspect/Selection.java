package io.oarlog.server.inspect;

import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionInspection;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which partitions of a node are looked at. Immutable.
 *
 * @param topic of this name alone
 * @param partition of this number alone
 */
public record Selection(Optional<String> topic, OptionalInt partition) {
    /** All of them. */
    public static Selection all() {
        return new Selection(Optional.empty(), OptionalInt.empty());
    }

    boolean isAll() {
        return topic.isEmpty() && partition.isEmpty();
    }

    boolean includes(PartitionInspection inspection) {
        return isAll() || inspection.id().map(this::includes).orElse(false);
    }

    private boolean includes(PartitionId id) {
        return topic.map(id.topic()::equals).orElse(true)
                && (partition.isEmpty() || partition.getAsInt() == id.partition());
    }

    @Override
    public String toString() {
        String number = partition.isPresent() ? "partition " + partition.getAsInt() : "partition";
        return topic.map(name -> number + " of topic '" + name + "'").orElse(number);
    }
}
