package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Settings of a {@link Producer}. Immutable; the defaults are safe.
 *
 * <pre>{@code
 * var settings = ProducerSettings.defaults("broker-1:9092,broker-2:9092")
 *         .withLinger(Duration.ofMillis(5))
 *         .withCompression(Compression.LZ4);
 * }</pre>
 *
 * @param bootstrap comma-separated {@code host:port}; any live one is enough to find the others
 * @param linger how long a batch that is not full waits for more records; zero sends at once and still batches whatever
 *     gathers while earlier batches are in flight
 * @param batchBytes a batch is closed at this size; a larger record travels alone
 * @param bufferBytes bound on the memory of records that are not acknowledged yet; {@link Producer#send} waits when it
 *     is reached
 * @param maxInFlight produce requests in flight on one connection, and batches in flight for one partition (one without
 *     idempotence, to keep the order); 1 to 5
 * @param deliveryTimeout bound on the time from {@code send} to an answer
 * @param requestTimeout a connection that leaves a request unanswered for so long is given up and its requests are
 *     sent again
 */
public record ProducerSettings(
        String bootstrap,
        Duration linger,
        int batchBytes,
        long bufferBytes,
        Acks acks,
        int maxInFlight,
        Duration deliveryTimeout,
        Duration requestTimeout,
        Compression compression) {
    /** A broker remembers the last five batches of a producer, no more (KIP-98). */
    private static final int MAX_IN_FLIGHT = 5;

    public ProducerSettings {
        Endpoint.parseList(bootstrap);
        requireNonNull(acks, "acks");
        requireNonNull(compression, "compression");
        if (linger.isNegative()) {
            throw new IllegalArgumentException("linger " + linger + " is negative");
        }
        if (batchBytes < 1024 || batchBytes > 16 << 20) {
            throw new IllegalArgumentException("batchBytes " + batchBytes + " is not within 1 KiB and 16 MiB");
        }
        if (bufferBytes < batchBytes) {
            throw new IllegalArgumentException("bufferBytes " + bufferBytes + " is less than a batch, " + batchBytes);
        }
        if (maxInFlight < 1 || maxInFlight > MAX_IN_FLIGHT) {
            throw new IllegalArgumentException("maxInFlight " + maxInFlight + " is not within 1 and " + MAX_IN_FLIGHT);
        }
        if (deliveryTimeout.isNegative() || deliveryTimeout.isZero()) {
            throw new IllegalArgumentException("deliveryTimeout " + deliveryTimeout + " is not positive");
        }
        if (requestTimeout.isNegative() || requestTimeout.isZero()) {
            throw new IllegalArgumentException("requestTimeout " + requestTimeout + " is not positive");
        }
    }

    /** Acks from all, idempotent, no linger, 64 KiB batches, a 32 MiB buffer, 120 s to deliver, 10 s for a request. */
    public static ProducerSettings defaults(String bootstrap) {
        return new ProducerSettings(
                bootstrap,
                Duration.ZERO,
                64 << 10,
                32L << 20,
                Acks.ALL,
                MAX_IN_FLIGHT,
                Duration.ofSeconds(120),
                Duration.ofSeconds(10),
                Compression.NONE);
    }

    /** Whether each record is stored once in spite of retries: with {@link Acks#ALL}, always. */
    public boolean idempotent() {
        return acks == Acks.ALL;
    }

    public ProducerSettings withLinger(Duration newLinger) {
        return new ProducerSettings(
                bootstrap,
                newLinger,
                batchBytes,
                bufferBytes,
                acks,
                maxInFlight,
                deliveryTimeout,
                requestTimeout,
                compression);
    }

    public ProducerSettings withBatchBytes(int newBatchBytes) {
        return new ProducerSettings(
                bootstrap,
                linger,
                newBatchBytes,
                bufferBytes,
                acks,
                maxInFlight,
                deliveryTimeout,
                requestTimeout,
                compression);
    }

    public ProducerSettings withBufferBytes(long newBufferBytes) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                newBufferBytes,
                acks,
                maxInFlight,
                deliveryTimeout,
                requestTimeout,
                compression);
    }

    /** Anything weaker than {@link Acks#ALL} also turns {@link #idempotent} off. */
    public ProducerSettings withAcks(Acks newAcks) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                bufferBytes,
                newAcks,
                maxInFlight,
                deliveryTimeout,
                requestTimeout,
                compression);
    }

    public ProducerSettings withMaxInFlight(int newMaxInFlight) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                bufferBytes,
                acks,
                newMaxInFlight,
                deliveryTimeout,
                requestTimeout,
                compression);
    }

    public ProducerSettings withDeliveryTimeout(Duration newDeliveryTimeout) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                bufferBytes,
                acks,
                maxInFlight,
                newDeliveryTimeout,
                requestTimeout,
                compression);
    }

    public ProducerSettings withRequestTimeout(Duration newRequestTimeout) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                bufferBytes,
                acks,
                maxInFlight,
                deliveryTimeout,
                newRequestTimeout,
                compression);
    }

    public ProducerSettings withCompression(Compression newCompression) {
        return new ProducerSettings(
                bootstrap,
                linger,
                batchBytes,
                bufferBytes,
                acks,
                maxInFlight,
                deliveryTimeout,
                requestTimeout,
                newCompression);
    }
}
