package io.oarlog.server.health;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.oarlog.metadata.PublishedLeader;
import io.oarlog.metadata.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Whether a broker does all that it is there for. Immutable.
 *
 * @param reasons why not; none when it is ready
 */
public record Readiness(@JsonProperty("reasons") List<String> reasons) {
    /** Partitions that are named one by one; of more the number is enough. */
    private static final int NAMED = 3;

    public Readiness {
        reasons = List.copyOf(reasons);
    }

    /** Where the tree has the leaders. */
    public interface Leaders {
        Optional<PublishedLeader> of(Topic topic, int partition);
    }

    /** A broker that cannot be ready, whatever the tree says. */
    public static Readiness not(String reason) {
        return new Readiness(List.of(reason));
    }

    /**
     * A broker that serves is ready when all of its replicas are in sync with their leaders: then the next one may be stopped.
     * A partition that has not had a leader yet is new and holds nobody up.
     *
     * @param node its id
     */
    public static Readiness of(int node, Collection<Topic> topics, Leaders leaders) {
        List<String> behind = new ArrayList<>();
        for (Topic topic : topics) {
            for (int partition = 0; partition < topic.partitionCount(); partition++) {
                // A replica that is on its way here or away holds nobody up.
                boolean isHere = topic.origin(partition).contains(node)
                        && topic.target(partition).contains(node);
                if (isHere
                        && leaders.of(topic, partition)
                                .filter(leader -> !leader.inSync().contains(node))
                                .isPresent()) {
                    behind.add(topic.name() + "-" + partition);
                }
            }
        }
        return behind.isEmpty() ? new Readiness(List.of()) : not("not in sync: " + named(behind));
    }

    /**
     * The same of a broker with replicas that do not go on; what the tree says of them may be old.
     *
     * @param partitions sorted names
     */
    public Readiness withoutThose(List<String> partitions) {
        if (partitions.isEmpty()) {
            return this;
        }
        List<String> all = new ArrayList<>(reasons);
        all.add("does not go on and is left alone, see its log: " + named(partitions));
        return new Readiness(all);
    }

    private static String named(List<String> partitions) {
        String names = String.join(", ", partitions.subList(0, Math.min(NAMED, partitions.size())));
        int more = partitions.size() - NAMED;
        return more > 0 ? names + " and " + more + " more" : names;
    }

    @JsonProperty("ready")
    public boolean isReady() {
        return reasons.isEmpty();
    }
}
