package io.oarlog.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * The produce requests to one broker: partitions queue up, each request takes one batch of as many as fit, and as many
 * requests are in flight as the settings allow. Confined to the event loop.
 */
final class BrokerLane {
    private static final int MAX_REQUEST_BYTES = 4 << 20;

    /** A batch on its way, and whose it is. */
    private record Sent(PartitionSender owner, ProducerBatch batch) {}

    private final int brokerId;
    private final Sender sender;
    private final Set<PartitionSender> waiting = new LinkedHashSet<>();
    private final Set<Map<TopicPartition, Sent>> inFlight = new HashSet<>();
    private final StallWatch stallWatch;
    private boolean pumpIsScheduled;
    private boolean connecting;

    BrokerLane(int brokerId, Sender sender) {
        this.brokerId = brokerId;
        this.sender = sender;
        this.stallWatch = new StallWatch(
                brokerId,
                sender.core(),
                Brokers.STALLED,
                () -> inFlight.stream().flatMap(request -> request.keySet().stream()));
    }

    /** The partition has a batch for this broker. */
    void offer(PartitionSender partition) {
        if (waiting.add(partition)) {
            schedulePump();
        }
    }

    /** In a task of its own, so that partitions that are ready at the same time share a request. */
    private void schedulePump() {
        if (!pumpIsScheduled) {
            pumpIsScheduled = true;
            sender.core().loop().execute(this::pump);
        }
    }

    private void pump() {
        pumpIsScheduled = false;
        if (waiting.isEmpty() || connecting || isFull()) {
            return;
        }
        Endpoint endpoint = sender.core().brokers().endpoint(brokerId);
        if (endpoint == null) {
            onUnreachable(new ConnectionLostException("the address of broker " + brokerId + " is not known", null));
            return;
        }
        Connection connection = sender.core().brokers().connections().ifReady(endpoint);
        if (connection == null) {
            connect(endpoint);
            return;
        }
        boolean more = true;
        while (more && !isFull()) {
            more = sendOne(connection);
        }
    }

    private boolean isFull() {
        return inFlight.size() >= sender.settings().maxInFlight();
    }

    private void connect(Endpoint endpoint) {
        connecting = true;
        var unused = sender.core().brokers().connections().ready(endpoint).whenComplete((ready, failure) -> {
            connecting = false;
            if (failure == null) {
                schedulePump();
            } else {
                onUnreachable(failure);
            }
        });
    }

    private void onUnreachable(Throwable failure) {
        List<PartitionSender> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(partition -> partition.onLeaderUnreachable(brokerId, failure));
    }

    /** Returns whether there was anything to send. */
    private boolean sendOne(Connection connection) {
        Map<TopicPartition, Sent> request = new HashMap<>();
        ProduceRequestData data = new ProduceRequestData()
                .setTransactionalId(null)
                .setAcks(sender.settings().acks().code())
                .setTimeoutMs(brokerTimeoutMillis());
        fill(request, data);
        if (request.isEmpty()) {
            return false;
        }
        inFlight.add(request);
        if (sender.settings().acks() == Acks.NONE) {
            var unused = connection
                    .sendWithoutAnswer(Api.PRODUCE, data)
                    .whenComplete((ok, failure) -> onWritten(request, failure));
        } else {
            var unused = connection
                    .send(Api.PRODUCE, data, ProduceResponseData.class, Duration.ZERO)
                    .whenComplete((answer, failure) -> onAnswer(request, answer, failure));
        }
        stallWatch.onSent();
        request.values().forEach(sent -> sent.owner().poke());
        return true;
    }

    /** Less than our own patience, so that the broker's word on what it could not finish gets here in time. */
    private int brokerTimeoutMillis() {
        return (int)
                Math.min(Integer.MAX_VALUE, sender.settings().requestTimeout().toMillis() * 3 / 4);
    }

    private void fill(Map<TopicPartition, Sent> request, ProduceRequestData data) {
        int bytes = 0;
        Map<String, TopicProduceData> topics = new HashMap<>();
        List<PartitionSender> moved = new ArrayList<>();
        Iterator<PartitionSender> turn = waiting.iterator();
        while (turn.hasNext() && (bytes == 0 || bytes + sender.settings().batchBytes() <= MAX_REQUEST_BYTES)) {
            PartitionSender owner = turn.next();
            turn.remove();
            if (!owner.isLedBy(brokerId)) {
                moved.add(owner);
                continue;
            }
            ProducerBatch batch = owner.take();
            if (batch != null) {
                MemoryRecords records = batch.toRecords();
                bytes += records.sizeInBytes();
                request.put(owner.partition(), new Sent(owner, batch));
                topics.computeIfAbsent(owner.partition().topic(), topic -> new TopicProduceData().setName(topic))
                        .partitionData()
                        .add(new PartitionProduceData()
                                .setIndex(owner.partition().partition())
                                .setRecords(records));
            }
        }
        topics.values().forEach(data.topicData()::add);
        moved.forEach(PartitionSender::poke);
    }

    private void onWritten(Map<TopicPartition, Sent> request, @Nullable Throwable failure) {
        inFlight.remove(request);
        request.values().forEach(sent -> {
            if (failure == null) {
                sent.owner().onHandedOver(sent.batch());
            } else {
                sent.owner().onConnectionLost(sent.batch(), failure);
            }
        });
        schedulePump();
    }

    private void onAnswer(
            Map<TopicPartition, Sent> request, @Nullable ProduceResponseData answer, @Nullable Throwable failure) {
        inFlight.remove(request);
        Map<TopicPartition, Sent> unanswered = new HashMap<>(request);
        if (answer != null) {
            for (TopicProduceResponse topic : answer.responses()) {
                for (PartitionProduceResponse partition : topic.partitionResponses()) {
                    TopicPartition name = new TopicPartition(topic.name(), partition.index());
                    Sent sent = unanswered.remove(name);
                    if (sent != null) {
                        learnLeader(name, partition.currentLeader(), answer);
                        sent.owner().onAnswer(sent.batch(), partition);
                    }
                }
            }
        }
        Throwable reason = failure != null
                ? failure
                : new ConnectionLostException("the answer of broker " + brokerId + " leaves the partition out", null);
        unanswered.values().forEach(sent -> sent.owner().onConnectionLost(sent.batch(), reason));
        schedulePump();
    }

    private void learnLeader(TopicPartition partition, LeaderIdAndEpoch leader, ProduceResponseData answer) {
        NodeEndpoint node = answer.nodeEndpoints().find(leader.leaderId());
        sender.core()
                .cluster()
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
