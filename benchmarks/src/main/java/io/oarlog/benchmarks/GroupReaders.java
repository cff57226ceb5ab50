package io.oarlog.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Members of one group that read a topic from its beginning, with Kafka's consumer and its default settings, each on a thread of its own. An
 * offset that is left out or comes again is a failure; what comes again after a rebalance, for it was not committed, is counted.
 */
final class GroupReaders implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<TopicPartition, Long> next = new ConcurrentHashMap<>();
    private final AtomicInteger assignments = new AtomicInteger();
    private final AtomicLong readAgain = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isClosed;

    static GroupReaders start(String bootstrap, String group, String topic, int members) {
        GroupReaders readers = new GroupReaders();
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.GROUP_ID_CONFIG,
                group,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest");
        for (int i = 1; i <= members; i++) {
            Thread thread = new Thread(() -> readers.read(settings, topic), "group-reader-" + i);
            readers.threads.add(thread);
            thread.start();
        }
        return readers;
    }

    private void read(Map<String, Object> settings, String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            Assigned assigned = new Assigned(consumer);
            consumer.subscribe(List.of(topic), assigned);
            while (!isClosed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    onRecord(new TopicPartition(record.topic(), record.partition()), record.offset());
                }
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private void onRecord(TopicPartition partition, long offset) {
        long expected = next.getOrDefault(partition, 0L);
        if (offset != expected) {
            throw new IllegalStateException(partition + ": a reader got offset " + offset + " in place of " + expected);
        }
        next.put(partition, offset + 1);
    }

    /** A partition that is assigned goes on at its committed offset, which is never ahead of what was read here. */
    private final class Assigned implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> consumer;

        Assigned(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // Committed by the consumer itself.
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assignments.incrementAndGet();
            for (TopicPartition partition : partitions) {
                long position = consumer.position(partition);
                long before = next.getOrDefault(partition, 0L);
                if (position > before) {
                    throw new IllegalStateException(
                            partition + ": committed up to " + position + ", and read up to " + before + " only");
                }
                readAgain.addAndGet(before - position);
                next.put(partition, position);
            }
        }
    }

    /** How often a member was given partitions: at the beginning, and when the group was rebalanced. */
    int assignments() {
        return assignments.get();
    }

    /** Records that came again after a rebalance. */
    long readAgain() {
        return readAgain.get();
    }

    /**
     * Returns when so many records of each partition are read.
     *
     * @throws IOException when they are not in time, or a record was left out or came again
     */
    void awaitRead(Map<TopicPartition, Long> ends, Duration atMost) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> next.getOrDefault(end.getKey(), 0L) < end.getValue())) {
            requireNoFailure();
            if (System.nanoTime() > deadline) {
                throw new IOException("the group has read up to " + next + " only, in place of " + ends);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        requireNoFailure();
    }

    private void requireNoFailure() throws IOException {
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException(failed.getMessage(), failed);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
