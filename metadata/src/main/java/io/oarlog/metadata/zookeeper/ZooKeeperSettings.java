package io.oarlog.metadata.zookeeper;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How ZooKeeper clients are served. Immutable.
 *
 * @param port 0 for a free one
 * @param words four-letter words that are answered; {@link #ALL_WORDS} stands for all
 * @param maxConnectionsPerAddress of one client address, more are closed as they come; 0: no limit
 * @param minSessionTimeoutMillis a session that asks for less gets this
 * @param maxSessionTimeoutMillis a session that asks for more gets this
 * @param maxFrameBytes largest request; a longer one closes its connection before anything is allocated
 * @param maxWatchesPerConnection a request for more is refused as a quota that is exceeded
 * @param enforcesQuotas whether what exceeds a hard limit of a quota is refused, when it is asked for here
 * @param superDigest {@code user:digest} of who may do what access lists do not allow, in ZooKeeper's form; empty: nobody
 */
public record ZooKeeperSettings(
        String host,
        int port,
        Set<String> words,
        int maxConnectionsPerAddress,
        int minSessionTimeoutMillis,
        int maxSessionTimeoutMillis,
        int maxFrameBytes,
        int maxWatchesPerConnection,
        boolean enforcesQuotas,
        Optional<String> superDigest) {
    public static final String ALL_WORDS = "*";

    public static final Set<String> DEFAULT_WORDS = Set.of("ruok", "srvr");
    public static final int DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 60;
    /** Twice ZooKeeper's usual tick. */
    public static final int DEFAULT_MIN_SESSION_TIMEOUT_MILLIS = 2 * 2000;
    /** Twenty times ZooKeeper's usual tick. */
    public static final int DEFAULT_MAX_SESSION_TIMEOUT_MILLIS = 20 * 2000;

    public static final int DEFAULT_MAX_FRAME_BYTES = 0xfffff;
    private static final int DEFAULT_MAX_WATCHES_PER_CONNECTION = 100_000;

    public ZooKeeperSettings {
        words = Set.copyOf(words);
        Objects.requireNonNull(superDigest);
        if (minSessionTimeoutMillis < 1 || maxSessionTimeoutMillis < minSessionTimeoutMillis) {
            throw new IllegalArgumentException(
                    "session timeouts from " + minSessionTimeoutMillis + " to " + maxSessionTimeoutMillis);
        }
    }

    /** ZooKeeper's own defaults. */
    public static ZooKeeperSettings defaults(String host, int port) {
        return new ZooKeeperSettings(
                host,
                port,
                DEFAULT_WORDS,
                DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
                DEFAULT_MIN_SESSION_TIMEOUT_MILLIS,
                DEFAULT_MAX_SESSION_TIMEOUT_MILLIS,
                DEFAULT_MAX_FRAME_BYTES,
                DEFAULT_MAX_WATCHES_PER_CONNECTION,
                false,
                Optional.empty());
    }

    public ZooKeeperSettings withWords(Set<String> newWords) {
        return new ZooKeeperSettings(
                host,
                port,
                newWords,
                maxConnectionsPerAddress,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                maxFrameBytes,
                maxWatchesPerConnection,
                enforcesQuotas,
                superDigest);
    }

    public ZooKeeperSettings withMaxConnectionsPerAddress(int limit) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                limit,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                maxFrameBytes,
                maxWatchesPerConnection,
                enforcesQuotas,
                superDigest);
    }

    public ZooKeeperSettings withSessionTimeouts(int minMillis, int maxMillis) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                maxConnectionsPerAddress,
                minMillis,
                maxMillis,
                maxFrameBytes,
                maxWatchesPerConnection,
                enforcesQuotas,
                superDigest);
    }

    public ZooKeeperSettings withMaxFrameBytes(int bytes) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                maxConnectionsPerAddress,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                bytes,
                maxWatchesPerConnection,
                enforcesQuotas,
                superDigest);
    }

    public ZooKeeperSettings withMaxWatchesPerConnection(int limit) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                maxConnectionsPerAddress,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                maxFrameBytes,
                limit,
                enforcesQuotas,
                superDigest);
    }

    public ZooKeeperSettings withEnforcedQuotas(boolean enforces) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                maxConnectionsPerAddress,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                maxFrameBytes,
                maxWatchesPerConnection,
                enforces,
                superDigest);
    }

    public ZooKeeperSettings withSuperDigest(Optional<String> digest) {
        return new ZooKeeperSettings(
                host,
                port,
                words,
                maxConnectionsPerAddress,
                minSessionTimeoutMillis,
                maxSessionTimeoutMillis,
                maxFrameBytes,
                maxWatchesPerConnection,
                enforcesQuotas,
                digest);
    }

    boolean isEnabled(String word) {
        return words.contains(ALL_WORDS) || words.contains(word);
    }

    /** What a client that asks for a session timeout gets. */
    int negotiate(int askedMillis) {
        return Math.max(minSessionTimeoutMillis, Math.min(maxSessionTimeoutMillis, askedMillis));
    }
}
