package io.oarlog.server;

import io.oarlog.metadata.zookeeper.ZooKeeperSettings;
import io.oarlog.raft.RaftAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The keys of how ZooKeeper clients are served. */
final class ZooKeeperKeys {
    private static final String LISTENER = "zookeeper.listener";
    private static final String WORDS = "zookeeper.4lw.commands.whitelist";
    private static final String MAX_CONNECTIONS = "zookeeper.max.client.connections";
    private static final String MIN_TIMEOUT = "zookeeper.min.session.timeout.ms";
    private static final String MAX_TIMEOUT = "zookeeper.max.session.timeout.ms";
    private static final String MAX_FRAME = "zookeeper.jute.maxbuffer";

    private static final String ENFORCE_QUOTA = "zookeeper.enforce.quota";
    private static final String SUPER_DIGEST = "zookeeper.super.digest";

    private static final int SMALLEST_MAX_FRAME = 1024;
    /** One request becomes one entry of the Raft log. */
    private static final int LARGEST_MAX_FRAME = 0xfffff;

    private static final int LONGEST_TIMEOUT_MILLIS = 3_600_000;

    private ZooKeeperKeys() {}

    /** The settings; empty when no listener is given: no ZooKeeper client is served. */
    static Optional<ZooKeeperSettings> parse(SettingKeys keys) {
        String listener = keys.optional(LISTENER, "");
        Set<String> words = words(keys.optional(WORDS, text(ZooKeeperSettings.DEFAULT_WORDS)));
        long connections = keys.number(
                MAX_CONNECTIONS, 0, Integer.MAX_VALUE, ZooKeeperSettings.DEFAULT_MAX_CONNECTIONS_PER_ADDRESS);
        long minTimeout = keys.number(
                MIN_TIMEOUT, 1, LONGEST_TIMEOUT_MILLIS, ZooKeeperSettings.DEFAULT_MIN_SESSION_TIMEOUT_MILLIS);
        long maxTimeout = keys.number(
                MAX_TIMEOUT, 1, LONGEST_TIMEOUT_MILLIS, ZooKeeperSettings.DEFAULT_MAX_SESSION_TIMEOUT_MILLIS);
        if (maxTimeout < minTimeout) {
            throw new InvalidSettingException(
                    MAX_TIMEOUT + "=" + maxTimeout + ": must not be less than " + MIN_TIMEOUT + "=" + minTimeout);
        }
        long maxFrame = keys.number(
                MAX_FRAME, SMALLEST_MAX_FRAME, LARGEST_MAX_FRAME, ZooKeeperSettings.DEFAULT_MAX_FRAME_BYTES);
        boolean enforcesQuota = keys.truth(ENFORCE_QUOTA, false);
        Optional<String> superDigest = superDigest(keys.optional(SUPER_DIGEST, ""));
        if (listener.isEmpty()) {
            return Optional.empty();
        }
        RaftAddress address = SettingKeys.address(LISTENER, listener);
        return Optional.of(ZooKeeperSettings.defaults(address.host(), address.port())
                .withWords(words)
                .withMaxConnectionsPerAddress((int) connections)
                .withSessionTimeouts((int) minTimeout, (int) maxTimeout)
                .withMaxFrameBytes((int) maxFrame)
                .withEnforcedQuotas(enforcesQuota)
                .withSuperDigest(superDigest));
    }

    private static Optional<String> superDigest(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        } else if (text.indexOf(':') < 1) {
            throw new InvalidSettingException(SUPER_DIGEST + ": it must be USER:DIGEST");
        }
        return Optional.of(text);
    }

    private static Set<String> words(String text) {
        return Arrays.stream(text.split(",")).map(String::strip).collect(Collectors.toUnmodifiableSet());
    }

    private static String text(Set<String> words) {
        return String.join(",", new TreeSet<>(words));
    }

    static void describe(ZooKeeperSettings settings, Map<String, String> described) {
        described.put(LISTENER, settings.host() + ":" + settings.port());
        described.put(WORDS, text(settings.words()));
        described.put(MAX_CONNECTIONS, Integer.toString(settings.maxConnectionsPerAddress()));
        described.put(MIN_TIMEOUT, Integer.toString(settings.minSessionTimeoutMillis()));
        described.put(MAX_TIMEOUT, Integer.toString(settings.maxSessionTimeoutMillis()));
        described.put(MAX_FRAME, Integer.toString(settings.maxFrameBytes()));
        described.put(ENFORCE_QUOTA, Boolean.toString(settings.enforcesQuotas()));
        // Whoever reads it could try passwords against it.
        described.put(SUPER_DIGEST, settings.superDigest().isPresent() ? "(hidden)" : "");
    }
}
