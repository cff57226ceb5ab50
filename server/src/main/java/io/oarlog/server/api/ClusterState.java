package io.oarlog.server.api;

import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.PublishedLeader;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The cluster as this broker knows it: topics from the metadata tree, leaders from Raft where it is a member. Thread-safe. */
public final class ClusterState {
    private final Metadata metadata;
    private final PartitionLogs logs;

    public ClusterState(Metadata metadata, PartitionLogs logs) {
        this.metadata = metadata;
        this.logs = logs;
    }

    Metadata metadata() {
        return metadata;
    }

    /** The topic by its name or, when the request's version carries ids, by its id. */
    Optional<Topic> topic(@Nullable String name, Uuid id) {
        if (name != null && !name.isEmpty()) {
            return metadata.topic(name);
        }
        return Uuid.ZERO_UUID.equals(id) ? Optional.empty() : metadata.topic(javaUuid(id));
    }

    Optional<ReplicatedLog> log(Topic topic, int partition) {
        return logs.log(topic.id(), partition);
    }

    /** The partition's log if this broker leads it and is ready. */
    Optional<ReplicatedLog> ledLog(Topic topic, int partition) {
        return log(topic, partition).filter(log -> log.leader().isLocal());
    }

    /** The live leader: from Raft if this broker is a member, which knows sooner, else as it was published. */
    PartitionLeader leader(Topic topic, int partition) {
        PartitionLeader known =
                log(topic, partition).map(ReplicatedLog::leader).orElseGet(() -> published(topic, partition));
        boolean alive =
                known.nodeId().isPresent() && broker(known.nodeId().getAsInt()).isPresent();
        return alive ? known : new PartitionLeader(OptionalInt.empty(), known.leaderEpoch(), false);
    }

    private PartitionLeader published(Topic topic, int partition) {
        Optional<PublishedLeader> leader = metadata.publishedLeader(topic.id(), partition);
        return new PartitionLeader(
                leader.map(l -> OptionalInt.of(l.nodeId())).orElse(OptionalInt.empty()),
                leader.map(PublishedLeader::leaderEpoch).orElse(0),
                false);
    }

    Optional<BrokerRegistration> broker(int id) {
        return metadata.brokers().stream().filter(b -> b.id() == id).findFirst();
    }

    static boolean exists(Topic topic, int partition) {
        return partition >= 0 && partition < topic.partitionCount();
    }

    static Uuid kafkaUuid(UUID id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    static UUID javaUuid(Uuid id) {
        return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
}
