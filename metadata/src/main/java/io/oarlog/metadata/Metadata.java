package io.oarlog.metadata;

import io.oarlog.raft.CommandLog;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** SKELETON: the signatures the broker uses; to be filled in. */
@SuppressWarnings("DoNotCallSuggester")
public final class Metadata {
    private final CommandLog log;

    public Metadata(CommandLog log) {
        this.log = log;
    }

    CommandLog log() {
        return log;
    }

    public String clusterId() {
        throw new UnsupportedOperationException();
    }

    public Collection<BrokerRegistration> brokers() {
        throw new UnsupportedOperationException();
    }

    public Collection<Topic> topics() {
        throw new UnsupportedOperationException();
    }

    public Optional<Topic> topic(String name) {
        throw new UnsupportedOperationException();
    }

    public Optional<Topic> topic(UUID id) {
        throw new UnsupportedOperationException();
    }

    public Optional<PublishedLeader> publishedLeader(UUID topicId, int partition) {
        throw new UnsupportedOperationException();
    }

    /** Node id of the metadata group's leader as known here. */
    public OptionalInt controllerId() {
        throw new UnsupportedOperationException();
    }

    /** partitions or replicationFactor -1: the cluster's default; validateOnly checks and changes nothing. */
    public CompletableFuture<TopicOutcome> createTopic(
            String name, int partitions, int replicationFactor, Map<String, String> configs, boolean validateOnly) {
        throw new UnsupportedOperationException();
    }

    /** As {@link #createTopic} with the replicas of every partition given by the caller. */
    public CompletableFuture<TopicOutcome> createTopicWithAssignment(
            String name, List<List<Integer>> replicas, Map<String, String> configs, boolean validateOnly) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<TopicOutcome> deleteTopic(String name) {
        throw new UnsupportedOperationException();
    }

    /** A producer id that no other producer has or had. */
    public CompletableFuture<Long> nextProducerId() {
        throw new UnsupportedOperationException();
    }
}
