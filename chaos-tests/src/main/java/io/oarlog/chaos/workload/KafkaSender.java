package io.oarlog.chaos.workload;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own producer, idempotent. Thread-safe. */
final class KafkaSender implements Sender {
    private static final int SEND_LIMIT_SECONDS = 20;

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;

    KafkaSender(String bootstrap, String topic) {
        this.topic = topic;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
                        ProducerConfig.ACKS_CONFIG, "all",
                        ProducerConfig.LINGER_MS_CONFIG, 0,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000,
                        ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @Override
    public long send(int key, long value) throws Exception {
        Future<RecordMetadata> sent;
        try {
            sent = producer.send(new ProducerRecord<>(topic, key, null, RecordValue.encode(value)));
        } catch (KafkaException e) {
            throw new NotAppliedException(e); // it was not given to the sender: no metadata, no memory
        }
        try {
            RecordMetadata stored = sent.get(SEND_LIMIT_SECONDS, TimeUnit.SECONDS);
            return stored.hasOffset() ? stored.offset() : -1;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof SerializationException || cause instanceof RecordTooLargeException) {
                throw new NotAppliedException(cause);
            }
            throw e;
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
