package io.oarlog.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's producer with its default settings, which make it idempotent: sends 0, 1, 2 and so on, in records of one size, to each partition of a
 * topic, at a steady rate, on a thread of its own until it is closed; and tells how long a partition had nothing acknowledged.
 */
final class PacedProducer implements AutoCloseable {
    private static final int RECORD_BYTES = 100;
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final Duration READ_LIMIT = Duration.ofMinutes(5);

    private final String bootstrap;
    private final String topic;
    private final long intervalNanos;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Acknowledgements> partitions;
    private final Recorder waits = new Recorder(SIGNIFICANT_DIGITS);
    private final Thread thread = new Thread(this::send, "paced-producer");
    private volatile boolean isClosed;

    private PacedProducer(String bootstrap, String topic, int partitions, int perSecond) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.intervalNanos = TimeUnit.SECONDS.toNanos(1) * partitions / perSecond;
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(partition -> new Acknowledgements())
                .toList();
    }

    /** @param perSecond records, over all partitions */
    static PacedProducer start(String bootstrap, String topic, int partitions, int perSecond) {
        PacedProducer started = new PacedProducer(bootstrap, topic, partitions, perSecond);
        started.thread.start();
        return started;
    }

    private void send() {
        long next = System.nanoTime();
        for (long number = 0; !isClosed; number++) {
            byte[] value = Arrays.copyOf(Long.toString(number).getBytes(UTF_8), RECORD_BYTES);
            long sent = number;
            for (int partition = 0; partition < partitions.size(); partition++) {
                Acknowledgements answers = partitions.get(partition);
                long began = System.nanoTime();
                var unused = producer.send(new ProducerRecord<>(topic, partition, null, value), (metadata, failure) -> {
                    waits.recordValue(System.nanoTime() - began);
                    answers.onAnswer(sent, failure);
                });
                answers.sent = sent + 1;
            }
            next += intervalNanos;
            long wait = next - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
        }
    }

    /** Sends that failed for good. */
    long failures() {
        return partitions.stream().mapToLong(each -> each.failed.size()).sum();
    }

    /** Records that are acknowledged. */
    long acknowledged() {
        return partitions.stream().mapToLong(each -> each.count.get()).sum();
    }

    /** Nanoseconds that records waited for their answers, of those answered since this was asked last. */
    Histogram takeWaits() {
        return waits.getIntervalHistogram();
    }

    /** Forgets the gaps so far. */
    void forgetGaps() {
        partitions.forEach(each -> each.longestGapNanos.set(0));
    }

    /** Seconds of the longest time in which one of the partitions had nothing acknowledged, since the gaps were forgotten. */
    double longestGapSeconds() {
        return partitions.stream()
                        .mapToLong(each -> each.longestGapNanos.get())
                        .max()
                        .orElseThrow()
                / 1e9;
    }

    /** Returns when each partition had something acknowledged that long after a point in time. */
    void awaitAcknowledgedAfter(long nanoTime, Duration atMost) throws IOException, InterruptedException {
        while (partitions.stream().anyMatch(each -> each.lastNanos.get() - nanoTime <= 0)) {
            if (System.nanoTime() - nanoTime > atMost.toNanos()) {
                throw new IOException("a partition had nothing acknowledged for " + atMost.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Returns when all that was sent is answered. */
    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close();
    }

    /**
     * Reads the topic from its beginning, after {@link #close}. Of what failed nobody knows whether it is there.
     *
     * @return where each partition ends, exclusive
     * @throws IOException when a number that was acknowledged is missing, or any is twice there or not in its place
     */
    Map<TopicPartition, Long> verify() throws IOException {
        List<TopicPartition> all = IntStream.range(0, partitions.size())
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        long[] next = new long[partitions.size()];
        Map<TopicPartition, Long> ends;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(all);
            ends = consumer.endOffsets(all);
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("the topic could not be read in " + READ_LIMIT.toSeconds() + " s");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long number = Long.parseLong(new String(record.value(), UTF_8).replace("\0", ""));
                    int partition = record.partition();
                    next[partition] = partitions.get(partition).firstExpected(next[partition], number);
                    if (number != next[partition]) {
                        throw new IOException("partition " + partition + " has " + number + " at offset "
                                + record.offset() + " in place of " + next[partition]);
                    }
                    next[partition]++;
                }
            }
        }
        for (int partition = 0; partition < next.length; partition++) {
            long end = partitions.get(partition).sent;
            long first = partitions.get(partition).firstExpected(next[partition], end);
            if (first != end) {
                throw new IOException("partition " + partition + " ends before " + first + ", which was acknowledged");
            }
        }
        return ends;
    }

    /** Of one partition. Written by the producer's threads. */
    private static final class Acknowledgements {
        private final AtomicLong count = new AtomicLong();
        private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
        private final AtomicLong longestGapNanos = new AtomicLong();
        private final Set<Long> failed = ConcurrentHashMap.newKeySet();
        private volatile long sent;

        private void onAnswer(long number, @Nullable Exception failure) {
            if (failure != null) {
                failed.add(number);
                return;
            }
            count.incrementAndGet();
            long now = System.nanoTime();
            longestGapNanos.accumulateAndGet(now - lastNanos.getAndSet(now), Math::max);
        }

        /** The first from one number on that has to be there, before another one. */
        private long firstExpected(long from, long before) {
            long first = from;
            while (first < before && failed.contains(first)) {
                first++;
            }
            return first;
        }
    }
}
