package io.oarlog.server.cli.cluster;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** How far several moves are that end one by one. Confined to its command's thread. */
final class MoveProgress {
    private final Map<TopicPartition, Copied> seen = new HashMap<>();

    /**
     * Of all moves that were seen: one that is not under way any more is done.
     *
     * @param underWay those that are, now
     */
    Copied with(Map<TopicPartition, Copied> underWay) {
        seen.replaceAll((partition, copied) -> underWay.containsKey(partition) ? copied : copied.done());
        // A replica that is opened anew, or a node that does not answer just now, has nothing to show for a moment.
        underWay.forEach((partition, copied) -> seen.merge(partition, copied, Copied::max));
        return seen.values().stream().reduce(Copied.NOTHING, Copied::plus);
    }
}
