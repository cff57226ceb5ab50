package io.oarlog.metadata;

import io.oarlog.log.Clock;
import io.oarlog.raft.CommandLog;
import io.oarlog.raft.RaftAddress;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * All that {@link Metadata} reaches outside itself.
 *
 * @param log of the metadata group
 * @param nodes of the cluster with their Raft endpoints, by id, as known here
 * @param leader node that leads the metadata group, as known here
 * @param clock gives the times in the znodes; liveness does not depend on it
 * @param random source of session, topic and cluster ids and of placement; thread-safe and unlike that of other nodes, such
 *     as {@link java.security.SecureRandom}
 * @param scheduler runs pings, expiry and what follows a write; never blocked here, and not shut down here
 */
public record MetadataSeams(
        CommandLog log,
        Supplier<SortedMap<Integer, RaftAddress>> nodes,
        Supplier<OptionalInt> leader,
        Clock clock,
        RandomGenerator random,
        ScheduledExecutorService scheduler) {}
