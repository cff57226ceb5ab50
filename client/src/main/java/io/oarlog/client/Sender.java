package io.oarlog.client;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The event loop's half of a producer: one sender for each partition, one lane for each broker. Confined to the loop. */
final class Sender {
    private final ClientCore core;
    private final ProducerSettings settings;
    private final ProducerIds ids;
    private final Map<TopicPartition, PartitionSender> partitions = new HashMap<>();
    private final Map<Integer, BrokerLane> lanes = new HashMap<>();
    private int flushes;

    Sender(ClientCore core, ProducerSettings settings) {
        this.core = core;
        this.settings = settings;
        this.ids = new ProducerIds(core.loop(), core.anyBroker(), core.retries());
        core.cluster().onChange(this::onClusterChange);
    }

    ClientCore core() {
        return core;
    }

    ProducerSettings settings() {
        return settings;
    }

    ProducerIds ids() {
        return ids;
    }

    /** How long an open batch waits for more; nothing while somebody waits for a flush. */
    long lingerNanos() {
        return flushes > 0 ? 0 : settings.linger().toNanos();
    }

    BrokerLane lane(int brokerId) {
        return lanes.computeIfAbsent(brokerId, id -> new BrokerLane(id, this));
    }

    /** Something was appended to the queue. */
    void poke(TopicPartition partition, PartitionQueue queue) {
        partitions
                .computeIfAbsent(partition, p -> new PartitionSender(p, queue, this))
                .poke();
    }

    /** Open batches do not linger until {@link #endFlush}. */
    void beginFlush() {
        flushes++;
        pokeAll();
    }

    void endFlush() {
        flushes--;
    }

    private void onClusterChange() {
        List.copyOf(lanes.values()).forEach(BrokerLane::onClusterChange);
        pokeAll();
    }

    private void pokeAll() {
        List.copyOf(partitions.values()).forEach(PartitionSender::poke);
    }

    void close() {
        partitions.values().forEach(PartitionSender::close);
        lanes.values().forEach(BrokerLane::close);
        ids.close();
    }
}
