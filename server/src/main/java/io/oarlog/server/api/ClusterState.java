package io.oarlog.server.api;

import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.PublishedLeader;
import io.oarlog.metadata.Topic;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.ReplicatedLog;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The cluster as this broker knows it: topics from the metadata tree, leaders from Raft where it is a member. Thread-safe. */
public final class ClusterState {
    /** The client does not say which leader epoch it believes in. */
    static final int ANY_EPOCH = -1;

    private static final PartitionLeader NO_LEADER = new PartitionLeader(OptionalInt.empty(), -1, false);

    private final Metadata metadata;
    private final PartitionLogs logs;

    public ClusterState(Metadata metadata, PartitionLogs logs) {
        this.metadata = metadata;
        this.logs = logs;
    }

    public Metadata metadata() {
        return metadata;
    }

    /** The topic by its name or, when the request's version carries ids, by its id. */
    public Optional<Topic> topic(@Nullable String name, Uuid id) {
        if (name != null && !name.isEmpty()) {
            return metadata.topic(name);
        }
        return Uuid.ZERO_UUID.equals(id) ? Optional.empty() : metadata.topic(javaUuid(id));
    }

    Optional<ReplicatedLog> log(Topic topic, int partition) {
        return logs.log(topic.id(), partition);
    }

    /**
     * Finds who serves a partition.
     *
     * @param topic as {@link #topic} found it
     * @param isById whether the request named the topic by its id
     * @param requestedEpoch leader epoch that the client believes in (KIP-320), or {@link #ANY_EPOCH}
     */
    PartitionLookup lookup(Optional<Topic> topic, boolean isById, int partition, int requestedEpoch) {
        if (topic.isEmpty()) {
            return refused(isById ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION, NO_LEADER);
        }
        if (!exists(topic.get(), partition)) {
            return refused(Errors.UNKNOWN_TOPIC_OR_PARTITION, NO_LEADER);
        }
        Optional<ReplicatedLog> log = log(topic.get(), partition);
        PartitionLeader known = log.map(ReplicatedLog::leader).orElse(NO_LEADER);
        if (log.isEmpty() || !known.isLocal()) {
            return refused(Errors.NOT_LEADER_OR_FOLLOWER, leader(topic.get(), partition));
        }
        if (requestedEpoch != ANY_EPOCH && requestedEpoch != known.leaderEpoch()) {
            boolean isOld = requestedEpoch < known.leaderEpoch();
            return refused(isOld ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH, known);
        }
        return new PartitionLookup.Led(log.get());
    }

    private static PartitionLookup refused(Errors error, PartitionLeader leader) {
        return new PartitionLookup.Refused(error, leader);
    }

    /** The live leader: from Raft if this broker is a member, which knows sooner, else as it was published. */
    public PartitionLeader leader(Topic topic, int partition) {
        PartitionLeader known = log(topic, partition)
                // One that has been told to join has no members yet.
                .filter(log -> !log.replicas().isEmpty())
                .map(ReplicatedLog::leader)
                .orElseGet(() -> published(topic, partition));
        boolean alive =
                known.nodeId().isPresent() && broker(known.nodeId().getAsInt()).isPresent();
        return alive ? known : new PartitionLeader(OptionalInt.empty(), known.leaderEpoch(), false);
    }

    /**
     * Completes when partitions that this broker hosts have a leader, or 300 ms later: a client that is told of none asks again
     * after a pause that it doubles each time.
     */
    CompletableFuture<Void> leadersSoon(Stream<Topic> topics) {
        CompletableFuture<?>[] unknown = topics.flatMap(topic ->
                        IntStream.range(0, topic.partitionCount()).mapToObj(partition -> log(topic, partition)))
                .flatMap(Optional::stream)
                .map(ReplicatedLog::leaderSoon)
                .filter(known -> !known.isDone())
                .toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(unknown);
    }

    /** As {@link #leadersSoon}, of one partition. */
    public CompletableFuture<Void> leaderSoon(Topic topic, int partition) {
        return log(topic, partition)
                .map(ReplicatedLog::leaderSoon)
                .orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    private PartitionLeader published(Topic topic, int partition) {
        Optional<PublishedLeader> leader = metadata.publishedLeader(topic.id(), partition);
        return new PartitionLeader(
                leader.map(l -> OptionalInt.of(l.nodeId())).orElse(OptionalInt.empty()),
                leader.map(PublishedLeader::leaderEpoch).orElse(0),
                false);
    }

    /** The replicas on live brokers that the leader last saw close behind it; before it has said anything, all live ones. */
    List<Integer> inSync(Topic topic, int partition) {
        List<Integer> replicas = topic.replicas().get(partition);
        return metadata.publishedLeader(topic.id(), partition).map(PublishedLeader::inSync).orElse(replicas).stream()
                .filter(node -> replicas.contains(node) && broker(node).isPresent())
                .toList();
    }

    public Optional<BrokerRegistration> broker(int id) {
        return metadata.brokers().stream().filter(b -> b.id() == id).findFirst();
    }

    /** The live brokers with addresses for a client that came by {@code path}: those that have a listener of that name. */
    List<Node> nodes(ClientPath path) {
        return metadata.brokers().stream()
                .map(broker -> node(broker, path))
                .flatMap(Optional::stream)
                .toList();
    }

    /** As {@link #nodes}, one of them. */
    public Optional<Node> node(int id, ClientPath path) {
        return broker(id).flatMap(broker -> node(broker, path));
    }

    private static Optional<Node> node(BrokerRegistration broker, ClientPath path) {
        return broker.endpoint(path.listener())
                .map(endpoint -> new Node(
                        broker.id(), endpoint.hostAt(path.localAddress().getHostAddress()), endpoint.port()));
    }

    public static boolean exists(Topic topic, int partition) {
        return partition >= 0 && partition < topic.partitionCount();
    }

    public static Uuid kafkaUuid(UUID id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    static UUID javaUuid(Uuid id) {
        return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
}
