package io.oarlog.benchmarks;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Kafka's consumer as a member of a group, with its default settings unless others are given, on a thread of its own until it is closed. */
final class GroupMember implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Set<TopicPartition> owned = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable KafkaException> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean isClosed;

    private GroupMember(KafkaConsumer<byte[], byte[]> consumer, String group) {
        this.consumer = consumer;
        this.thread = new Thread(this::run, "member-of-" + group);
    }

    /** Returns before it has joined. */
    static GroupMember start(
            String bootstrap, String group, String protocol, String topic, Map<String, String> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        all.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol);
        GroupMember started = new GroupMember(
                new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer()), group);
        started.consumer.subscribe(List.of(topic), started.new Ownership());
        started.thread.start();
        return started;
    }

    private void run() {
        try (consumer) {
            while (!isClosed) {
                consumer.poll(POLL);
            }
        } catch (KafkaException e) {
            failure.set(e);
        }
    }

    /**
     * What it owns now.
     *
     * @throws KafkaException when it has failed
     */
    Set<TopicPartition> owned() {
        KafkaException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return Set.copyOf(owned);
    }

    /** Begins to leave the group; {@link #close} waits for it. */
    void leave() {
        isClosed = true;
    }

    @Override
    public void close() {
        leave();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Ownership implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            owned.addAll(partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            owned.removeAll(partitions);
        }
    }
}
