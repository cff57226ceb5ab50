package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.MicroOp.Seen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Kafka's own client: an idempotent producer and a consumer, made when they are needed. */
final class KafkaLogClient implements LogClient {
    private static final int LOOK_BACK = 50;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

    private final String bootstrap;
    private final String topic;
    private final String group;
    private final String groupProtocol;
    private final PolledOffsets polled = new PolledOffsets();
    private final Set<Integer> rebalanced = new HashSet<>();
    private @Nullable KafkaSender sender;
    private @Nullable KafkaConsumer<byte[], byte[]> consumer;

    /** @param groupProtocol {@code classic} or {@code consumer} */
    KafkaLogClient(String bootstrap, String topic, String group, String groupProtocol) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.group = group;
        this.groupProtocol = groupProtocol;
    }

    private KafkaSender sender() {
        if (sender == null) {
            sender = new KafkaSender(bootstrap, topic);
        }
        return sender;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        if (consumer == null) {
            Map<String, Object> settings = new HashMap<>(Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrap,
                    ConsumerConfig.GROUP_ID_CONFIG,
                    group,
                    ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                    groupProtocol,
                    ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                    false,
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                    "earliest",
                    ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    5_000,
                    ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    8_000,
                    ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                    500));
            if (groupProtocol.equals("classic")) {
                settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
                settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 1_000);
            }
            consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        return consumer;
    }

    @Override
    public long send(int key, long value) throws Exception {
        return sender().send(key, value);
    }

    @Override
    public void assign(Set<Integer> keys, boolean fromBeginning) {
        Set<TopicPartition> before = consumer().assignment();
        Set<TopicPartition> wanted = keys.stream().map(this::partition).collect(Collectors.toSet());
        Set<TopicPartition> added = new HashSet<>(wanted);
        added.removeAll(before);
        Map<TopicPartition, Long> ends = fromBeginning ? Map.of() : consumer().endOffsets(added);
        consumer().assign(wanted);
        if (fromBeginning) {
            consumer().seekToBeginning(wanted);
        } else {
            ends.forEach((partition, end) -> consumer().seek(partition, Math.max(0, end - LOOK_BACK)));
        }
    }

    private TopicPartition partition(int key) {
        return new TopicPartition(topic, key);
    }

    @Override
    public void subscribe() {
        consumer().subscribe(List.of(topic), new Listener());
    }

    @Override
    public Map<Integer, List<Seen>> poll(long millis) {
        Map<Integer, List<Seen>> byKey = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer().poll(Duration.ofMillis(millis))) {
            byKey.computeIfAbsent(record.partition(), unused -> new ArrayList<>())
                    .add(new Seen(record.offset(), RecordValue.decode(record.value(), record.offset())));
        }
        polled.polled(byKey);
        return byKey;
    }

    @Override
    public List<Integer> drainRebalanced() {
        List<Integer> drained = rebalanced.stream().sorted().toList();
        rebalanced.clear();
        return drained;
    }

    @Override
    public Map<Integer, Long> uncommitted() {
        return polled.all();
    }

    @Override
    public void commit(Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
        offsets.forEach((key, offset) -> wanted.put(partition(key), new OffsetAndMetadata(offset)));
        try {
            consumer().commitSync(wanted);
            polled.committed();
        } catch (CommitFailedException | RebalanceInProgressException e) {
            throw new NotAppliedException(e);
        }
    }

    @Override
    public void close() {
        close(GroupMembershipOperation.DEFAULT);
    }

    @Override
    public void kill() {
        close(GroupMembershipOperation.REMAIN_IN_GROUP);
    }

    private void close(GroupMembershipOperation operation) {
        if (sender != null) {
            sender.close();
        }
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(CLOSE_LIMIT).withGroupMembershipOperation(operation));
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            changed(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            changed(partitions);
        }

        private void changed(Collection<TopicPartition> partitions) {
            partitions.forEach(partition -> {
                rebalanced.add(partition.partition());
                polled.forget(partition.partition());
            });
        }
    }
}
