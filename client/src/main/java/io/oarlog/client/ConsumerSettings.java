package io.oarlog.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Settings of a {@link Consumer}. Immutable.
 *
 * <pre>{@code
 * var settings = ConsumerSettings.defaults("broker-1:9092,broker-2:9092").withStartAt(StartAt.END);
 * }</pre>
 *
 * @param bootstrap comma-separated {@code host:port}; any live one is enough to find the others
 * @param startAt where partitions are begun that were neither sought nor, in a group, committed
 * @param maxWait how long a broker may hold a fetch while there is nothing new
 * @param maxBytes of one fetch answer of one broker
 * @param maxPartitionBytes of one partition in one fetch answer; a larger first batch is sent whole
 * @param maxPollRecords bound on what one poll returns
 * @param maxPollInterval a member of a group that does not poll for so long leaves it, so that others read its partitions;
 *     as long may it take to give partitions back
 * @param requestTimeout a connection that leaves a request unanswered for so long (beyond {@code maxWait} for a fetch)
 *     is given up, and the request sent again
 * @param operationTimeout bound on the calls that ask for offsets or commit them, retries included
 */
public record ConsumerSettings(
        String bootstrap,
        StartAt startAt,
        Duration maxWait,
        int maxBytes,
        int maxPartitionBytes,
        int maxPollRecords,
        Duration maxPollInterval,
        Duration requestTimeout,
        Duration operationTimeout) {
    public ConsumerSettings {
        Endpoint.parseList(bootstrap);
        requireNonNull(startAt, "startAt");
        if (maxWait.isNegative()) {
            throw new IllegalArgumentException("maxWait " + maxWait + " is negative");
        }
        if (maxBytes < 1 || maxPartitionBytes < 1 || maxPollRecords < 1) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ", maxPartitionBytes " + maxPartitionBytes
                    + ", maxPollRecords " + maxPollRecords + ": one is too small");
        }
        if (maxPollInterval.isNegative() || maxPollInterval.isZero()) {
            throw new IllegalArgumentException("maxPollInterval " + maxPollInterval + " is not positive");
        }
        if (requestTimeout.isNegative() || requestTimeout.isZero()) {
            throw new IllegalArgumentException("requestTimeout " + requestTimeout + " is not positive");
        }
        if (operationTimeout.isNegative() || operationTimeout.isZero()) {
            throw new IllegalArgumentException("operationTimeout " + operationTimeout + " is not positive");
        }
    }

    /**
     * From the beginning, 500 ms long poll, 16 MiB per fetch, 1 MiB per partition, 5000 records per poll, 5 minutes between
     * polls, 10 s and 30 s timeouts.
     */
    public static ConsumerSettings defaults(String bootstrap) {
        return new ConsumerSettings(
                bootstrap,
                StartAt.BEGINNING,
                Duration.ofMillis(500),
                16 << 20,
                1 << 20,
                5000,
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30));
    }

    public ConsumerSettings withStartAt(StartAt newStartAt) {
        return new ConsumerSettings(
                bootstrap,
                newStartAt,
                maxWait,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxWait(Duration newMaxWait) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                newMaxWait,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxBytes(int newMaxBytes) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                newMaxBytes,
                maxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxPartitionBytes(int newMaxPartitionBytes) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                maxBytes,
                newMaxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxPollRecords(int newMaxPollRecords) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                maxBytes,
                maxPartitionBytes,
                newMaxPollRecords,
                maxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withMaxPollInterval(Duration newMaxPollInterval) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                newMaxPollInterval,
                requestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withRequestTimeout(Duration newRequestTimeout) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                newRequestTimeout,
                operationTimeout);
    }

    public ConsumerSettings withOperationTimeout(Duration newOperationTimeout) {
        return new ConsumerSettings(
                bootstrap,
                startAt,
                maxWait,
                maxBytes,
                maxPartitionBytes,
                maxPollRecords,
                maxPollInterval,
                requestTimeout,
                newOperationTimeout);
    }
}
