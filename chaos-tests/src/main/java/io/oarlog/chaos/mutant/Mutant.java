package io.oarlog.chaos.mutant;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The ways in which a node can be broken. Each breaks one rule; a cluster in which nothing fails works with all of them. To
 * be put on all nodes.
 */
public enum Mutant {
    NO_FSYNC(
            "no-fsync",
            "neither segments nor the Raft log are forced to the disk",
            "an acknowledged record is on the disks of a majority",
            "power loss of a majority: acknowledged records are lost",
            new Rewrite("io.oarlog.log.FileDisk$ChannelFile", "force()", NoFsync.SkippedForce.class),
            new Rewrite(
                    "org.apache.ratis.server.raftlog.segmented.BufferedWriteChannel",
                    "flushBuffer()",
                    NoFsync.ForcedBeforehand.class)),
    ACK_BEFORE_MAJORITY(
            "ack-before-majority",
            "a produce is answered when the leader has it, before a majority has",
            "an acknowledged record is on the disks of a majority",
            "the leader is killed or cut off under load: acknowledged records are lost",
            new Rewrite("io.oarlog.raft.DivisionSubmitter", "submit(JoinedEntry)", AckBeforeMajority.Submitted.class)),
    COMMIT_ALONE(
            "commit-alone",
            "an entry that one replica has on its disk counts as committed, in partitions and in the metadata",
            "an acknowledged record or change is on the disks of a majority; nothing uncommitted is read",
            "the leader is cut off: acknowledged records are lost, an offset has two values, changes of registers vanish",
            new Rewrite(
                    "org.apache.ratis.server.impl.LeaderStateImpl$MinMajorityMax",
                    "getMajority(long[])",
                    CommitAlone.Majority.class)),
    STALE_LEADER_READS(
            "stale-leader-reads",
            "a node that does not lead a partition, or no longer, serves fetches to the end of its own segments",
            "consumers see nothing above the high watermark, and all that is below it",
            "the leader is cut off from its followers, not from its consumers: an offset has two values, polls skip",
            new Rewrite("io.oarlog.server.api.PartitionFetch", "advance(int, boolean)", FetchScope.Around.class),
            new Rewrite(
                    "io.oarlog.server.api.ClusterState",
                    "lookup(Optional, boolean, int, int)",
                    StaleLeaderReads.Lookup.class),
            Targets.HIGH_WATERMARK,
            Targets.READ_BOUND,
            Targets.REGION_BOUND),
    HIGH_WATERMARK_TOO_FAR(
            "high-watermark-too-far",
            "the leader serves fetches to the end of its own segments",
            "consumers see nothing above the high watermark",
            "the leader is cut off from its followers, not from its consumers: an offset has two values",
            new Rewrite(
                    "io.oarlog.server.api.PartitionFetch", "advance(int, boolean)", UncommittedReads.OfLeaders.class),
            Targets.HIGH_WATERMARK,
            Targets.READ_BOUND,
            Targets.REGION_BOUND),
    CRC_SKIPPED(
            "crc-skipped",
            "no checksum of a batch is wrong: not of one that comes in, is recovered, or is read for a follower",
            "a flipped bit on a minority of the disks is repaired; a corrupt batch is refused",
            "a bit is flipped in the last segment of a node that was killed: when it leads, consumers are given that",
            new Rewrite("io.oarlog.log.RecordBatches", "crcDefect(BatchHeader, CRC32C)", CrcSkipped.Compared.class)),
    PRODUCERS_FORGOTTEN(
            "producers-forgotten",
            "with each change of the leader replicas forget what producers have written",
            "no duplicates from an idempotent producer, across changes of the leader",
            "the leader is killed or paused with produces in flight: records are there twice",
            new Rewrite(
                    "io.oarlog.raft.PartitionStateMachine",
                    "notifyLeaderChanged(RaftGroupMemberId, RaftPeerId)",
                    ProducersForgotten.LeaderChange.class)),
    NO_DEDUP(
            "no-dedup",
            "a batch that a producer repeats is appended again",
            "no duplicates from an idempotent producer",
            "a client's link to the leader is cut, or the leader paused, with produces in flight: records are there twice",
            new Rewrite("io.oarlog.log.ProducerStates", "check(ProducerBatch)", NoDedup.Check.class)),
    NO_TRUNCATE(
            "no-truncate",
            "a replica keeps in its segments what a deposed leader had not committed, in place of what its successor has",
            "all replicas have the same record at an offset",
            "the leader is cut off with produces in flight, and leads again later: an offset has two values",
            new Rewrite(Targets.LOG, "truncateTo(long)", NoTruncate.Truncation.class),
            new Rewrite(Targets.LOG, "append(List, List)", NoTruncate.Append.class)),
    RETRY_OFFSET(
            "retry-offset",
            "a producer that repeats a batch is told an offset that is too high by one",
            "a record has the offset that its producer was told",
            "as for no-dedup: an offset has two values, of which one was told",
            new Rewrite("io.oarlog.raft.AppendOutcome$Appended", "baseOffset()", RetryOffset.BaseOffset.class)),
    COMMIT_FORGOTTEN(
            "commit-forgotten",
            "groups and their offsets are in the memory of their coordinator alone",
            "a committed offset is there when the coordinator changes",
            "the node that coordinates a group is killed: committed offsets go back",
            new Rewrite(Targets.PARTITION, "appendInEpoch(ByteBuffer, List, int)", CommitForgotten.Append.class),
            new Rewrite(
                    "io.oarlog.server.group.Tenure",
                    "onOutcome(long, long, AppendOutcome, Throwable)",
                    CommitForgotten.Outcome.class)),
    STALE_REGISTERS(
            "stale-registers",
            "a sync of a ZooKeeper client is answered by its node at once, without the leader",
            "what is read behind a sync is what was written last",
            "clients of several nodes share a register, the more when one is cut off or slow: it is not linearizable",
            new Rewrite(
                    "io.oarlog.metadata.zookeeper.ChangeRequests",
                    "sync(InputArchive, Caller)",
                    StaleRegisters.Sync.class)),
    CAS_NOT_ATOMIC(
            "cas-not-atomic",
            "setData of a ZooKeeper client is done although the znode was changed once since the version that it expects",
            "of two changes that expect the same version one is refused",
            "clients of several nodes share a register: it is not linearizable",
            new Rewrite(Targets.TREE_EDIT, "setData(SetData)", CasNotAtomic.SetData.class),
            new Rewrite(Targets.TREE_EDIT, "matches(int, int)", CasNotAtomic.Comparison.class)),
    FETCH_SKIPS(
            "fetch-skips",
            "a fetch over the border of two leader epochs leaves out the first batch of the later one",
            "consumers see every record below the high watermark",
            "the leader changes: acknowledged records are never read, polls skip",
            new Rewrite("io.oarlog.server.api.PartitionFetch", "advance(int, boolean)", FetchScope.Around.class),
            new Rewrite(Targets.PARTITION, "read(long, int)", FetchSkips.Read.class),
            new Rewrite(Targets.PARTITION, "region(long, int, int)", FetchSkips.Region.class));

    /** What several mutants rewrite. */
    private static final class Targets {
        static final String LOG = "io.oarlog.log.SegmentedLog";
        static final String PARTITION = "io.oarlog.raft.RaftPartition";
        static final String TREE_EDIT = "io.oarlog.metadata.tree.TreeEdit";
        static final Rewrite HIGH_WATERMARK =
                new Rewrite(PARTITION, "highWatermark()", UncommittedReads.HighWatermark.class);
        static final Rewrite READ_BOUND = new Rewrite(LOG, "read(long, int, long)", UncommittedReads.ReadBound.class);
        static final Rewrite REGION_BOUND =
                new Rewrite(LOG, "region(long, int, int, long)", UncommittedReads.RegionBound.class);
    }

    private final String label;
    private final String description;
    private final String promise;
    private final String revealedBy;

    @SuppressWarnings("ImmutableEnumChecker") // it is one of List.of
    private final List<Rewrite> rewrites;

    Mutant(String label, String description, String promise, String revealedBy, Rewrite... rewrites) {
        this.label = label;
        this.description = description;
        this.promise = promise;
        this.revealedBy = revealedBy;
        this.rewrites = List.of(rewrites);
    }

    /** The mutant of that {@link #label}. */
    public static Optional<Mutant> named(String label) {
        return Arrays.stream(values())
                .filter(mutant -> mutant.label.equals(label))
                .findAny();
    }

    /** All labels, for messages. */
    static String names() {
        return Arrays.stream(values()).map(Mutant::label).collect(Collectors.joining(", "));
    }

    /** Its name on the command line. */
    public String label() {
        return label;
    }

    /** What a node does wrong, in one line. */
    public String description() {
        return description;
    }

    /** The rule that this breaks. */
    public String promise() {
        return promise;
    }

    /** Which fault shows it, and as what. */
    public String revealedBy() {
        return revealedBy;
    }

    List<Rewrite> rewrites() {
        return rewrites;
    }
}
