package io.oarlog.server.cli.group;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Says which offsets a group is to be set to. Changes nothing. Confined to its command's thread. */
final class ResetPlanner {
    private final GroupAdmin admin;
    private final Map<TopicPartition, Long> committed;

    /** @param committed by the group so far */
    ResetPlanner(GroupAdmin admin, Map<TopicPartition, Long> committed) {
        this.admin = admin;
        this.committed = committed;
    }

    /**
     * One change for each partition, in the order of their names.
     *
     * @throws CommandFailedException when one has no leader, or nothing is committed to shift
     */
    List<OffsetChange> plan(Collection<TopicPartition> partitions, ResetTarget target) {
        Map<TopicPartition, Long> beginnings = admin.beginnings(partitions);
        Map<TopicPartition, Long> ends = admin.ends(partitions);
        Function<TopicPartition, Long> wanted = wanted(partitions, target, beginnings, ends);
        List<OffsetChange> changes = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            long start = known(beginnings, partition);
            long end = known(ends, partition);
            changes.add(OffsetChange.within(
                    partition.topic(),
                    partition.partition(),
                    committed.get(partition),
                    wanted.apply(partition),
                    start,
                    end));
        }
        changes.sort(Comparator.comparing(OffsetChange::topic).thenComparingInt(OffsetChange::partition));
        return changes;
    }

    private Function<TopicPartition, Long> wanted(
            Collection<TopicPartition> partitions,
            ResetTarget target,
            Map<TopicPartition, Long> beginnings,
            Map<TopicPartition, Long> ends) {
        if (target instanceof ResetTarget.Earliest) {
            return partition -> known(beginnings, partition);
        } else if (target instanceof ResetTarget.Latest) {
            return partition -> known(ends, partition);
        } else if (target instanceof ResetTarget.Exact exact) {
            return partition -> exact.offset();
        } else if (target instanceof ResetTarget.Shift shift) {
            return partition -> shifted(partition, shift.records());
        } else if (target instanceof ResetTarget.Time time) {
            Map<TopicPartition, Long> found =
                    admin.firstSince(partitions, time.instant().toEpochMilli());
            return partition -> {
                long first = known(found, partition);
                return first < 0 ? known(ends, partition) : first;
            };
        }
        throw new AssertionError(target);
    }

    private long shifted(TopicPartition partition, long records) {
        Long offset = committed.get(partition);
        if (offset == null) {
            throw new CommandFailedException("nothing is committed for " + partition
                    + ", so there is nothing to shift; use --to-earliest, --to-latest, --to-time or --to-offset");
        }
        return records > Long.MAX_VALUE - offset ? Long.MAX_VALUE : offset + records;
    }

    private static long known(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        @Nullable Long offset = offsets.get(partition);
        if (offset == null) {
            throw new CommandFailedException(
                    partition + " has no leader just now; see why with: oarlog cluster status");
        }
        return offset;
    }
}
