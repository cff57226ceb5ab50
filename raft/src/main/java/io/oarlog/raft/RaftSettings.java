package io.oarlog.raft;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * Settings of the Raft groups of one node; the only place with Ratis keys. Immutable.
 *
 * @param electionTimeoutMin a follower that hears nothing for a random time between this and the next one stands for
 *     election. Shorter finds a dead leader sooner, longer survives a busy machine
 * @param joinBytes produces that wait are joined into one Raft entry up to this size
 * @param maxAppendBytes largest single append; a Raft entry is never larger than the larger of the two and its header
 * @param inFlightEntries entries of one partition that may be on their way before produces are joined: 1 leaves the disk
 *     idle between entries, more than 4 makes entries small again
 * @param waitingBytes bound on the bytes that wait at one partition; beyond it appends are refused as busy
 * @param tailCacheBytes bound on record bytes kept in memory, all partitions together, for followers that are close
 * @param snapshots of the metadata group
 * @param partitionSnapshots of each partition's group
 * @param copyBytesPerSecond bound on what the node's replicas copy from other nodes, all together, on average
 * @param patience of {@link Watchdog} with what does not go on
 */
public record RaftSettings(
        Duration electionTimeoutMin,
        Duration electionTimeoutMax,
        int joinBytes,
        int maxAppendBytes,
        int inFlightEntries,
        long waitingBytes,
        long tailCacheBytes,
        SnapshotSettings snapshots,
        SnapshotSettings partitionSnapshots,
        long copyBytesPerSecond,
        Duration patience) {
    /** Largest batch that Kafka accepts by default: 1 MiB and the batch header. */
    public static final int DEFAULT_MAX_APPEND_BYTES = 1024 * 1024 + 12;

    public static final long UNLIMITED = Long.MAX_VALUE;

    /** More than Ratis adds to an entry. */
    private static final int RATIS_FIELDS_BYTES = 4096;

    private static final TimeDuration NEVER = TimeDuration.valueOf(10_000, TimeUnit.DAYS);

    public RaftSettings {
        if (electionTimeoutMin.compareTo(electionTimeoutMax) >= 0) {
            throw new IllegalArgumentException("electionTimeoutMin " + electionTimeoutMin
                    + " must be less than electionTimeoutMax " + electionTimeoutMax);
        }
        if (copyBytesPerSecond < 1) {
            throw new IllegalArgumentException("copyBytesPerSecond must be positive, not " + copyBytesPerSecond);
        }
        if (joinBytes < 1 || maxAppendBytes < 1 || inFlightEntries < 1 || waitingBytes < maxAppendBytes) {
            throw new IllegalArgumentException("sizes must be positive and waitingBytes at least maxAppendBytes");
        }
    }

    public static RaftSettings defaults() {
        return new RaftSettings(
                Duration.ofMillis(600),
                Duration.ofMillis(1200),
                1024 * 1024,
                DEFAULT_MAX_APPEND_BYTES,
                2,
                32L * 1024 * 1024,
                64L * 1024 * 1024,
                SnapshotSettings.defaults(),
                SnapshotSettings.ofPartitions(),
                UNLIMITED,
                Patience.DEFAULT);
    }

    public RaftSettings withElectionTimeout(Duration min, Duration max) {
        return new RaftSettings(
                min,
                max,
                joinBytes,
                maxAppendBytes,
                inFlightEntries,
                waitingBytes,
                tailCacheBytes,
                snapshots,
                partitionSnapshots,
                copyBytesPerSecond,
                patience);
    }

    public RaftSettings withSnapshots(SnapshotSettings ofMetadata, SnapshotSettings ofPartitions) {
        return new RaftSettings(
                electionTimeoutMin,
                electionTimeoutMax,
                joinBytes,
                maxAppendBytes,
                inFlightEntries,
                waitingBytes,
                tailCacheBytes,
                ofMetadata,
                ofPartitions,
                copyBytesPerSecond,
                patience);
    }

    public RaftSettings withCopyBytesPerSecond(long bytes) {
        return new RaftSettings(
                electionTimeoutMin,
                electionTimeoutMax,
                joinBytes,
                maxAppendBytes,
                inFlightEntries,
                waitingBytes,
                tailCacheBytes,
                snapshots,
                partitionSnapshots,
                bytes,
                patience);
    }

    RaftSettings withPatience(Duration newPatience) {
        return new RaftSettings(
                electionTimeoutMin,
                electionTimeoutMax,
                joinBytes,
                maxAppendBytes,
                inFlightEntries,
                waitingBytes,
                tailCacheBytes,
                snapshots,
                partitionSnapshots,
                copyBytesPerSecond,
                newPatience);
    }

    public RaftSettings withMaxAppendBytes(int bytes) {
        return new RaftSettings(
                electionTimeoutMin,
                electionTimeoutMax,
                joinBytes,
                bytes,
                inFlightEntries,
                Math.max(waitingBytes, bytes),
                tailCacheBytes,
                snapshots,
                partitionSnapshots,
                copyBytesPerSecond,
                patience);
    }

    /** Largest size of a Raft entry on its way to followers: data, batch list and Raft's own fields. */
    int maxEntryBytes() {
        return Math.max(joinBytes, maxAppendBytes) + EntryHeader.MAX_BYTES + RATIS_FIELDS_BYTES;
    }

    /** Of Ratis's write buffer, which each group allocates up front: the largest entry and a little. */
    int directBytesPerGroup() {
        return maxEntryBytes() + 64;
    }

    /** The Ratis settings that differ from its defaults, each with its reason. */
    RaftProperties toProperties(Path directory, RaftAddress address) {
        RaftProperties p = new RaftProperties();
        // Both default to the temporary directory.
        setGroupsDirectory(p, directory.resolve("groups"));
        File removed = directory.resolve("removed").toFile();
        RaftServerConfigKeys.setRemovedGroupsDir(p, removed);

        GrpcConfigKeys.Server.setHost(p, address.host());
        GrpcConfigKeys.Server.setPort(p, address.port());
        // Warm, 4 to 256 are not clearly ranked once requests are joined.
        GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(p, 64);

        RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(electionTimeoutMin));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(electionTimeoutMax));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, millis(electionTimeoutMin.dividedBy(2)));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, millis(electionTimeoutMax.dividedBy(2)));
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, millis(electionTimeoutMax));

        // A stopped or paused process (SIGSTOP, a frozen machine) goes on afterwards; by default the server closes
        // itself, in
        // silence, after a pause of 60 s. Leaders step down all the same.
        RaftServerConfigKeys.setCloseThreshold(p, NEVER);

        // true makes RPC n+1 wait for the fsync of n on the follower: no group commit.
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false);
        // The state machine keeps the payload itself; else up to 200 MB per group stay in the heap.
        RaftServerConfigKeys.Log.StateMachineData.setCachingEnabled(p, true);
        // Data is fsynced before its header is written: no header without data after kill -9.
        RaftServerConfigKeys.Log.StateMachineData.setSync(p, true);
        // One more append, RPC and flush per commit otherwise.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
        // Headers are about 100 bytes; the default allocates 4 MB of zeros per group.
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("64KB"));
        // About 10,000 headers: only whole files are purged, and all that is left is read at each start.
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf("1MB"));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
        SizeInBytes entryLimit = SizeInBytes.valueOf(maxEntryBytes());
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, entryLimit);
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(directBytesPerGroup()));
        // The buffer never overflows between two flushes: no header is written before its data is durable.
        RaftServerConfigKeys.Log.setForceSyncNum(
                p, Math.max(1, maxEntryBytes() / (EntryHeader.MAX_BYTES + RATIS_FIELDS_BYTES)));
        // Else 1 ms is added between appends.
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(p, TimeDuration.ZERO);
        // A restarted ex-leader is brought back one index per reply; the default sleeps up to 5 s per step.
        // After the last pair it would not sleep at all.
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "2ms,10, 20ms,20, 100ms,50, 200ms,2000000000");
        // A follower copies the leader's snapshot, or its segments, itself.
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, false);
        // A new member counts when it misses no more than this; the default is 1,000 entries.
        RaftServerConfigKeys.setStagingCatchupGap(p, 16);
        // The groups say themselves what may go; else fewer than 1024 entries would never do.
        RaftServerConfigKeys.Log.setPurgeGap(p, 1);
        // One reply is kept per request. Partitions do not need it, commands do, for as long as they are retried.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, RaftCommandLog.RETRIES_END.multiply(2));
        return p;
    }

    /** The node of a cluster of one stands for election as soon as a group has started: there is no other leader to hear of. */
    static void electAtOnce(RaftProperties p) {
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, millis(Duration.ofMillis(1)));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, millis(Duration.ofMillis(2)));
    }

    /** Where Ratis keeps a directory for each group. It looks there for groups only while a server is built. */
    static void setGroupsDirectory(RaftProperties properties, Path directory) {
        RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
    }

    private static TimeDuration millis(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
