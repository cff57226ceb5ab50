package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.client.AssignmentListener;
import io.oarlog.client.ConsumedRecord;
import io.oarlog.client.Consumer;
import io.oarlog.client.ConsumerSettings;
import io.oarlog.client.MembershipLostException;
import io.oarlog.client.NotSentException;
import io.oarlog.client.OarlogException;
import io.oarlog.client.Producer;
import io.oarlog.client.ProducerRecord;
import io.oarlog.client.ProducerSettings;
import io.oarlog.client.RecordMetadata;
import io.oarlog.client.RejectedRecordException;
import io.oarlog.client.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The thin client: a producer and a consumer, made when they are needed. */
final class ThinLogClient implements LogClient {
    private static final int LOOK_BACK = 50;
    private static final int SEND_LIMIT_SECONDS = 20;

    private final String bootstrap;
    private final String topic;
    private final String group;
    private final PolledOffsets polled = new PolledOffsets();
    private final Set<Integer> rebalanced = new HashSet<>();
    private @Nullable Producer producer;
    private @Nullable Consumer consumer;

    ThinLogClient(String bootstrap, String topic, String group) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.group = group;
    }

    private Producer producer() {
        if (producer == null) {
            producer = new Producer(ProducerSettings.defaults(bootstrap)
                    .withDeliveryTimeout(Duration.ofSeconds(10))
                    .withRequestTimeout(Duration.ofSeconds(3)));
        }
        return producer;
    }

    private Consumer consumer() {
        if (consumer == null) {
            consumer = new Consumer(ConsumerSettings.defaults(bootstrap)
                    .withMaxPollRecords(500)
                    .withRequestTimeout(Duration.ofSeconds(3))
                    .withOperationTimeout(Duration.ofSeconds(8)));
        }
        return consumer;
    }

    @Override
    public long send(int key, long value) throws Exception {
        try {
            RecordMetadata stored = producer()
                    .send(new ProducerRecord(topic, key, null, RecordValue.encode(value)))
                    .get(SEND_LIMIT_SECONDS, TimeUnit.SECONDS);
            return stored.hasOffset() ? stored.offset() : -1;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof NotSentException || cause instanceof RejectedRecordException) {
                throw new NotAppliedException(cause);
            }
            throw e;
        }
    }

    @Override
    public void assign(Set<Integer> keys, boolean fromBeginning) {
        Set<TopicPartition> wanted = keys.stream().map(this::partition).collect(Collectors.toSet());
        Set<TopicPartition> added = new HashSet<>(wanted);
        added.removeAll(consumer().assignment());
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
        consumer().subscribe(group, List.of(topic), new Listener());
    }

    @Override
    public Map<Integer, List<Seen>> poll(long millis) {
        Map<Integer, List<Seen>> byKey = new HashMap<>();
        for (ConsumedRecord record : consumer().poll(Duration.ofMillis(millis))) {
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
        Map<TopicPartition, Long> wanted = new HashMap<>();
        offsets.forEach((key, offset) -> wanted.put(partition(key), offset));
        try {
            consumer().commitSync(wanted);
            polled.committed();
        } catch (MembershipLostException e) {
            throw new NotAppliedException(e);
        }
    }

    @Override
    public void close() {
        Producer oldProducer = producer;
        Consumer oldConsumer = consumer;
        // Both wait for brokers that may be gone.
        Thread closing = new Thread(
                () -> {
                    try (oldProducer;
                            oldConsumer) {
                        // only closed
                    } catch (OarlogException e) {
                        // They are thrown away; brokers may be gone.
                    }
                },
                "closing");
        closing.setDaemon(true);
        closing.start();
    }

    /** This client does not part without a word. */
    @Override
    public void kill() {
        close();
    }

    private final class Listener implements AssignmentListener {
        @Override
        public void onAssigned(Set<TopicPartition> partitions) {
            changed(partitions);
        }

        @Override
        public void onRevoked(Set<TopicPartition> partitions) {
            changed(partitions);
        }

        @Override
        public void onLost(Set<TopicPartition> partitions) {
            changed(partitions);
        }

        private void changed(Set<TopicPartition> partitions) {
            partitions.forEach(partition -> {
                rebalanced.add(partition.partition());
                polled.forget(partition.partition());
            });
        }
    }
}
