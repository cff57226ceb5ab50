package io.oarlog.server.cli.group;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of a group, as it is printed in JSON. Immutable.
 *
 * @param type classic, or consumer (KIP-848)
 * @param coordinator node that keeps it
 * @param lagRecords of all partitions where it is known
 * @param lagSeconds of the partition where it is the most; null when it is known of none
 * @param partitions that the group has committed offsets of, or that are assigned to a member
 */
record GroupReport(
        String group,
        String type,
        String state,
        int coordinator,
        long lagRecords,
        @Nullable Double lagSeconds,
        List<GroupMember> members,
        List<PartitionLag> partitions) {
    /**
     * @param id that the coordinator gave it
     * @param instanceId of a static member
     * @param partitions that it reads, as topic-partition
     */
    record GroupMember(
            String id,
            String clientId,
            String host,
            @Nullable String instanceId,
            List<String> partitions) {}

    static GroupReport of(
            String group,
            String type,
            String state,
            int coordinator,
            List<GroupMember> members,
            List<PartitionLag> partitions) {
        return new GroupReport(
                group,
                type,
                state,
                coordinator,
                known(partitions, PartitionLag::lagRecords)
                        .mapToLong(Long::longValue)
                        .sum(),
                known(partitions, PartitionLag::lagSeconds).max(Double::compare).orElse(null),
                List.copyOf(members),
                List.copyOf(partitions));
    }

    private static <T> Stream<T> known(List<PartitionLag> partitions, Function<PartitionLag, @Nullable T> value) {
        return partitions.stream().map(value).filter(Objects::nonNull).map(Objects::requireNonNull);
    }
}
