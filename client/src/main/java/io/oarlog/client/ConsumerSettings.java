package io.oarlog.client;

import java.time.Duration;

/**
 * Settings of a {@link Consumer}. Immutable.
 *
 * @param bootstrap comma-separated {@code host:port}; any live one is enough to find the others
 * @param maxWait how long a broker may hold a fetch while there is nothing new
 * @param minBytes a broker answers at once when it has so much
 * @param maxBytes of one fetch answer of one broker
 * @param maxPartitionBytes of one partition in one fetch answer; a larger first batch is sent whole
 * @param maxPollRecords bound on what one poll returns
 * @param requestTimeout a connection that leaves a request unanswered for so long (beyond {@code maxWait} for a fetch)
 *     is given up, and the request sent again
 * @param operationTimeout bound on the calls that ask for offsets, retries included
 */
public record ConsumerSettings(
        String bootstrap,
        Duration maxWait,
        int minBytes,
        int maxBytes,
        int maxPartitionBytes,
        int maxPollRecords,
        Duration requestTimeout,
        Duration operationTimeout) {
    public ConsumerSettings {
        Endpoint.parseList(bootstrap);
        if (maxWait.isNegative()) {
            throw new IllegalArgumentException("maxWait " + maxWait + " is negative");
        }
        if (minBytes < 0 || maxBytes < 1 || maxPartitionBytes < 1 || maxPollRecords < 1) {
            throw new IllegalArgumentException("minBytes " + minBytes + ", maxBytes " + maxBytes
                    + ", maxPartitionBytes " + maxPartitionBytes + ", maxPollRecords " + maxPollRecords
                    + ": one is too small");
        }
        if (requestTimeout.isNegative() || requestTimeout.isZero()) {
            throw new IllegalArgumentException("requestTimeout " + requestTimeout + " is not positive");
        }
        if (operationTimeout.isNegative() || operationTimeout.isZero()) {
            throw new IllegalArgumentException("operationTimeout " + operationTimeout + " is not positive");
        }
    }

    /** 500 ms long poll, 16 MiB per fetch, 1 MiB per partition, 5000 records per poll, 10 s and 30 s timeouts. */
    public static ConsumerSettings defaults(String bootstrap) {
        return new ConsumerSettings(
                bootstrap,
                Duration.ofMillis(500),
                1,
                16 << 20,
                1 << 20,
                5000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30));
    }

    public ConsumerSettings withMaxWait(Duration newMaxWait) {
        return new ConsumerSettings(
                bootstrap,
                newMaxWait,
                minBytes,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMinBytes(int newMinBytes) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                newMinBytes,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxBytes(int newMaxBytes) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                minBytes,
                newMaxBytes,
                maxPartitionBytes,
                maxPollRecords,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxPartitionBytes(int newMaxPartitionBytes) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                minBytes,
                maxBytes,
                newMaxPartitionBytes,
                maxPollRecords,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxPollRecords(int newMaxPollRecords) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                minBytes,
                maxBytes,
                maxPartitionBytes,
                newMaxPollRecords,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withRequestTimeout(Duration newRequestTimeout) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                minBytes,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                newRequestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withOperationTimeout(Duration newOperationTimeout) {
        return new ConsumerSettings(
                bootstrap,
                maxWait,
                minBytes,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                requestTimeout,
                newOperationTimeout);
    }
}
