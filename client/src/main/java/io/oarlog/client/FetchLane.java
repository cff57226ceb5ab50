package io.oarlog.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.jspecify.annotations.Nullable;

/** The fetches from one broker, one at a time, without fetch session (KIP-227). Confined to the event loop. */
final class FetchLane {
    private static final int CONSUMER = -1;
    /** The broker answers as soon as it has anything. */
    private static final int MIN_BYTES = 1;

    private static final int NO_SESSION = 0;
    private static final int SESSIONLESS_EPOCH = -1;

    private final int brokerId;
    private final ClientCore core;
    private final ConsumerSettings settings;
    private final Fetcher fetcher;
    private final StallWatch stallWatch;
    private List<FetchedPartition> inFlight = List.of();

    FetchLane(int brokerId, ClientCore core, ConsumerSettings settings, Fetcher fetcher) {
        this.brokerId = brokerId;
        this.core = core;
        this.settings = settings;
        this.fetcher = fetcher;
        this.stallWatch = new StallWatch(brokerId, core, settings.maxWait().plus(Brokers.STALLED), this::partitions);
    }

    private Stream<TopicPartition> partitions() {
        return inFlight.stream().map(FetchedPartition::partition);
    }

    boolean isBusy() {
        return !inFlight.isEmpty();
    }

    /** Fetches; to be called when not busy. */
    void fetch(List<FetchedPartition> partitions) {
        inFlight = List.copyOf(partitions);
        inFlight.forEach(FetchedPartition::onSent);
        Endpoint endpoint = core.brokers().endpoint(brokerId);
        if (endpoint == null) {
            onEnd(null, new ConnectionLostException("the address of broker " + brokerId + " is not known", null));
            return;
        }
        FetchRequestData request = request(partitions);
        var unused = core.brokers()
                .connections()
                .ready(endpoint)
                .thenCompose(connection -> {
                    stallWatch.onSent();
                    return connection.send(Api.FETCH, request, FetchResponseData.class, settings.maxWait());
                })
                .whenComplete(this::onEnd);
    }

    private FetchRequestData request(List<FetchedPartition> partitions) {
        Map<String, FetchTopic> topics = new HashMap<>();
        for (FetchedPartition fetched : partitions) {
            PartitionLeader leader = core.cluster().leader(fetched.partition());
            topics.computeIfAbsent(fetched.partition().topic(), name -> new FetchTopic().setTopic(name))
                    .partitions()
                    .add(new FetchPartition()
                            .setPartition(fetched.partition().partition())
                            .setCurrentLeaderEpoch(leader == null ? PartitionLeader.UNKNOWN_EPOCH : leader.epoch())
                            .setFetchOffset(fetched.nextOffset())
                            .setPartitionMaxBytes(settings.maxPartitionBytes()));
        }
        return new FetchRequestData()
                .setReplicaId(CONSUMER)
                .setMaxWaitMs(
                        (int) Math.min(Integer.MAX_VALUE, settings.maxWait().toMillis()))
                .setMinBytes(MIN_BYTES)
                .setMaxBytes(settings.maxBytes())
                .setSessionId(NO_SESSION)
                .setSessionEpoch(SESSIONLESS_EPOCH)
                .setTopics(new ArrayList<>(topics.values()));
    }

    private void onEnd(@Nullable FetchResponseData answer, @Nullable Throwable failure) {
        Map<TopicPartition, FetchedPartition> unanswered = new HashMap<>();
        inFlight.forEach(fetched -> unanswered.put(fetched.partition(), fetched));
        inFlight = List.of();
        if (answer != null && answer.errorCode() == WireError.NONE.code()) {
            answer.responses()
                    .forEach(topic -> topic.partitions().forEach(data -> {
                        TopicPartition name = new TopicPartition(topic.topic(), data.partitionIndex());
                        FetchedPartition fetched = unanswered.remove(name);
                        if (fetched != null) {
                            learnLeader(name, data, answer);
                            fetcher.onAnswer(fetched, data);
                        }
                    }));
        }
        unanswered.values().forEach(fetcher::onUnanswered);
        fetcher.schedulePump();
    }

    private void learnLeader(TopicPartition partition, PartitionData data, FetchResponseData answer) {
        LeaderIdAndEpoch leader = data.currentLeader();
        NodeEndpoint node = answer.nodeEndpoints().find(leader.leaderId());
        core.cluster()
                .onLeaderHint(
                        partition,
                        new PartitionLeader(leader.leaderId(), leader.leaderEpoch()),
                        node == null ? null : Endpoint.told(node.host(), node.port()));
    }

    void onClusterChange() {
        stallWatch.onClusterChange();
    }

    void close() {
        stallWatch.close();
    }
}
