package io.oarlog.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this client knows of the brokers and of the leaders of the topics that it wants. Confined to the event loop, but
 * for what says otherwise.
 *
 * <p>Whoever misses a leader calls {@link #refresh} and is told of each answer by its listener, upon which it may ask
 * again; refreshes are coalesced, and their rate is limited to about ten a second. What is known of a leader never gives
 * way to an older epoch, whichever broker tells it.
 */
final class ClusterView {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);
    /** After so long without an answer from anybody all are asked again; a late answer still counts. */
    private static final Duration ROUND_LIMIT = Duration.ofMillis(1500);
    /** After so long without a refresh the next one is made at once. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final IoLoop loop;
    private final Brokers brokers;
    private final AnyBroker anyBroker;
    private final RetryPolicy pace;
    private final Alarm refreshAlarm;
    private final Map<String, TopicLeaders> topics = new HashMap<>();
    private final Set<String> wanted = new HashSet<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private final Map<String, List<CompletableFuture<Integer>>> countWaiters = new HashMap<>();
    /** Written on the loop only, read by any thread. */
    private volatile Map<String, Integer> partitionCounts = Map.of();

    /** Topics of which the last answer said that they do not exist. Written on the loop only, read by any thread. */
    private volatile Set<String> missingTopics = Set.of();

    private boolean refreshWanted;
    private long round;
    private boolean roundIsOpen;
    private long lastRoundNanos;
    private int roundsInARow;

    ClusterView(IoLoop loop, Brokers brokers, AnyBroker anyBroker, RetryPolicy pace) {
        this.loop = loop;
        this.brokers = brokers;
        this.anyBroker = anyBroker;
        this.pace = pace;
        this.refreshAlarm = new Alarm(loop, this::startRound);
    }

    Brokers brokers() {
        return brokers;
    }

    /** Runs after each answer and each hint, on the loop, until it is removed. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    /** From now on the topic is part of each refresh. */
    void want(String topic) {
        if (wanted.add(topic)) {
            refresh();
        }
    }

    /** Null while nothing is known of the partition. */
    @Nullable
    PartitionLeader leader(TopicPartition partition) {
        TopicLeaders topic = topics.get(partition.topic());
        return topic == null ? null : topic.leader(partition.partition());
    }

    /** The name of the topic with that id; null while it is not known. */
    @Nullable
    String topicName(Uuid id) {
        return topics.entrySet().stream()
                .filter(topic -> topic.getValue().topicId().equals(id))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** Whether a broker said that there is no such topic or partition, and none said otherwise since. */
    boolean isMissing(TopicPartition partition) {
        TopicLeaders topic = topics.get(partition.topic());
        return isMissing(partition.topic()) || (topic != null && topic.leader(partition.partition()) == null);
    }

    /** The same for a topic. May be called by any thread. */
    boolean isMissing(String topic) {
        return missingTopics.contains(topic);
    }

    /**
     * How many partitions the topic has. May be called by any thread.
     *
     * @return completes once a broker knows the topic, which can be never
     */
    CompletableFuture<Integer> partitionCount(String topic) {
        Integer count = partitionCounts.get(topic);
        if (count != null) {
            return CompletableFuture.completedFuture(count);
        }
        CompletableFuture<Integer> waiter = new CompletableFuture<>();
        loop.execute(() -> {
            countWaiters.computeIfAbsent(topic, t -> new ArrayList<>()).add(waiter);
            wanted.add(topic);
            completeCounts();
        });
        return waiter;
    }

    /** Asks the cluster soon, if that is not under way. */
    void refresh() {
        refreshWanted = true;
        if (!roundIsOpen) {
            boolean quiet = roundsInARow == 0 || loop.nowNanos() - lastRoundNanos > QUIET.toNanos();
            if (quiet) {
                roundsInARow = 0;
            }
            refreshAlarm.within(quiet ? 0 : lastRoundNanos + pace.delayNanos(roundsInARow) - loop.nowNanos());
        }
    }

    private void startRound() {
        if (roundIsOpen) {
            return;
        }
        refreshWanted = false;
        roundIsOpen = true;
        roundsInARow++;
        lastRoundNanos = loop.nowNanos();
        long thisRound = ++round;
        MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        List<MetadataRequestTopic> asked = new ArrayList<>();
        wanted.forEach(topic -> asked.add(new MetadataRequestTopic().setName(topic)));
        request.setTopics(asked);
        var unusedTimer = loop.schedule(() -> endRound(thisRound, false), ROUND_LIMIT.toNanos());
        var unused = anyBroker
                .ask(Api.METADATA, request, MetadataResponseData.class)
                .whenComplete((answer, failure) -> {
                    if (answer != null) {
                        learn(answer);
                    } else {
                        LOG.atDebug().setCause(failure).log("no broker told of the cluster");
                    }
                    endRound(thisRound, answer != null);
                });
    }

    private void endRound(long number, boolean answered) {
        if (number == round && roundIsOpen) {
            roundIsOpen = false;
            if (refreshWanted || !answered) {
                refresh();
            }
        }
        if (answered) {
            onNews();
        }
    }

    /** Takes over an answer. */
    void learn(MetadataResponseData answer) {
        Map<Integer, Endpoint> addresses = new HashMap<>();
        answer.brokers().forEach(broker -> {
            Endpoint address = Endpoint.told(broker.host(), broker.port());
            if (address != null) {
                addresses.put(broker.nodeId(), address);
            }
        });
        brokers.replaceAll(addresses);
        Set<String> missing = new HashSet<>(missingTopics);
        for (MetadataResponseTopic topic : answer.topics()) {
            if (topic.errorCode() == WireError.UNKNOWN_TOPIC_OR_PARTITION.code()) {
                missing.add(topic.name());
            } else {
                missing.remove(topic.name());
            }
            if (topic.errorCode() == WireError.NONE.code() && topic.name() != null) {
                TopicLeaders known = topics.get(topic.name());
                if (known == null || known.isOtherTopic(topic)) {
                    known = new TopicLeaders(topic.topicId());
                    topics.put(topic.name(), known);
                }
                known.learn(topic);
            }
        }
        missingTopics = Set.copyOf(missing);
    }

    /**
     * Takes over a leader that an answer named along with an error.
     *
     * @param address null when the answer did not tell it
     */
    void onLeaderHint(TopicPartition partition, PartitionLeader leader, @Nullable Endpoint address) {
        TopicLeaders topic = topics.get(partition.topic());
        if (topic == null || !leader.exists()) {
            return;
        }
        if (address != null && brokers.endpoint(leader.brokerId()) == null) {
            brokers.add(leader.brokerId(), address);
        }
        if (brokers.endpoint(leader.brokerId()) != null && topic.learn(partition.partition(), leader)) {
            // The caller is in the middle of an answer: listeners hear of the new leader when it is through.
            loop.execute(this::onNews);
        }
    }

    private void onNews() {
        completeCounts();
        List.copyOf(listeners).forEach(Runnable::run);
    }

    private void completeCounts() {
        Map<String, Integer> counts = new HashMap<>();
        topics.forEach((name, topic) -> counts.put(name, topic.partitionCount()));
        counts.values().removeIf(count -> count == 0);
        if (!counts.equals(partitionCounts)) {
            partitionCounts = Map.copyOf(counts);
        }
        countWaiters.forEach((topic, waiters) -> {
            Integer count = counts.get(topic);
            if (count != null) {
                waiters.forEach(waiter -> waiter.complete(count));
            }
            waiters.removeIf(CompletableFuture::isDone);
        });
        countWaiters.values().removeIf(List::isEmpty);
        if (!countWaiters.isEmpty()) {
            refresh();
        }
    }

    /** Stops asking. */
    void close() {
        refreshAlarm.cancel();
        countWaiters.values().forEach(waiters -> waiters.forEach(waiter -> waiter.cancel(false)));
    }
}
