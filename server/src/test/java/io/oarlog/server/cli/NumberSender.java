package io.oarlog.server.cli;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.IntFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;

/** Sends 0, 1, 2, ... with the Kafka producer's default settings until it is stopped. Stopped and asked by one thread. */
final class NumberSender implements AutoCloseable {
    private static final int MAX_IN_FLIGHT = 2_000;

    private final KafkaProducer<Integer, byte[]> producer;
    private final IntFunction<ProducerRecord<Integer, byte[]>> records;
    private final Map<Integer, Long> offsets = new ConcurrentHashMap<>();
    private final Map<Integer, Exception> failures = new ConcurrentHashMap<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger sent = new AtomicInteger();
    private final LongAccumulator longestGapNanos = new LongAccumulator(Math::max, 0);
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final Semaphore room = new Semaphore(MAX_IN_FLIGHT);
    private final CompletableFuture<Void> sending;

    /** @param records makes the record of each number */
    NumberSender(String bootstrap, IntFunction<ProducerRecord<Integer, byte[]>> records) {
        this.records = records;
        Properties properties = new Properties();
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        this.producer = new KafkaProducer<>(properties, new IntegerSerializer(), new ByteArraySerializer());
        this.sending = CompletableFuture.runAsync(this::run);
    }

    private void run() {
        while (!stopped.get()) {
            if (!awaitRoom()) {
                continue;
            }
            int number = sent.getAndIncrement();
            var unused = producer.send(records.apply(number), (metadata, e) -> {
                if (e == null) {
                    long now = System.nanoTime();
                    longestGapNanos.accumulate(now - lastNanos.getAndSet(now));
                    offsets.put(number, metadata.offset());
                } else {
                    failures.put(number, e);
                }
                room.release();
            });
        }
    }

    /** Not by spinning: the cluster shares the machine's cores with this thread. */
    private boolean awaitRoom() {
        try {
            return room.tryAcquire(10, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            stopped.set(true);
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void awaitAcknowledged(int more) {
        int target = offsets.size() + more;
        await().atMost(TestCluster.LIMIT).until(() -> offsets.size() >= target || !failures.isEmpty());
    }

    /** Sends no more and waits for all that was sent. */
    void stop() {
        stopped.set(true);
        sending.join();
        producer.flush();
    }

    /** Gives up on what is in flight; returns what was acknowledged, with the offsets. */
    Map<Integer, Long> abandon() {
        stopped.set(true);
        sending.join();
        producer.close(Duration.ZERO);
        return Map.copyOf(offsets);
    }

    /** The longest time without an acknowledgement since this was called last. */
    Duration takeLongestGap() {
        return Duration.ofNanos(longestGapNanos.getThenReset());
    }

    int acknowledged() {
        return offsets.size();
    }

    /** By number. */
    Map<Integer, Long> offsets() {
        return Map.copyOf(offsets);
    }

    Map<Integer, Exception> failures() {
        return failures;
    }

    @Override
    public void close() {
        stopped.set(true);
        producer.close(Duration.ZERO);
    }
}
