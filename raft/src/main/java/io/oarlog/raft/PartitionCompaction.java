package io.oarlog.raft;

import io.oarlog.log.CompactionBacklog;
import io.oarlog.log.CompactionPolicy;
import io.oarlog.log.CompactionReport;
import io.oarlog.log.SegmentSummary;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;

/**
 * How far the replicas of one partition agreed to compact it ({@link CompactionBound}), and the compaction of this one. Each
 * replica compacts in its own time: bytes differ between them then, offsets and the newest value of each key do not.
 * Thread-safe.
 *
 * <p>After a restart the bound is known from the snapshot, or once its entry has been applied again; how far this replica has rewritten its log
 * the log itself knows from the start.
 */
final class PartitionCompaction {
    private final DiskReserve reserve;
    private volatile long bound; // written by the apply thread only

    PartitionCompaction(DiskReserve reserve) {
        this.reserve = reserve;
    }

    void onBound(CompactionBound agreed) {
        bound = Math.max(bound, agreed.offset());
    }

    /** Below it this replica may compact, exclusive. */
    long bound() {
        return bound;
    }

    CompactionBacklog backlog(SegmentedLog log, CompactionPolicy policy, long nowMillis) {
        return log.compactionBacklog(policy, bound, nowMillis);
    }

    /** Nothing is done when a cleaned segment would not find room beside those that it replaces. */
    Optional<CompactionReport> compact(SegmentedLog log, CompactionPolicy policy, long nowMillis) {
        CompactionBacklog backlog = backlog(log, policy, nowMillis);
        long bytes = Math.min(backlog.cleanBytes() + backlog.dirtyBytes(), log.segmentBytes());
        if (!reserve.beginSpareWrite(bytes)) {
            return Optional.empty();
        }
        try {
            return Optional.of(log.compact(policy, bound, nowMillis));
        } finally {
            reserve.endWrite(bytes);
        }
    }

    /**
     * Where the leader could move the bound now: where a segment begins below which all replicas have everything on their
     * disks. At or below the present bound when there is nothing to gain.
     *
     * @param highWatermark of this node
     */
    long attainableBound(RaftServer.Division division, SegmentedLog log, long highWatermark) throws IOException {
        long lastBaseOffset = segmentBoundary(log, highWatermark);
        return lastBaseOffset <= bound ? bound : segmentBoundary(log, Math.min(lastBaseOffset, storedByAll(division)));
    }

    /** The last segment begins above all that may be compacted. */
    private static long segmentBoundary(SegmentedLog log, long endOffset) {
        return log.segments().stream()
                .mapToLong(SegmentSummary::baseOffset)
                .filter(base -> base <= endOffset)
                .max()
                .orElse(0);
    }

    /**
     * End of what every replica has on its disk, as far as is known here. The leader is told how far each one has committed,
     * and Ratis commits nothing that it has not flushed; what it matches may still be in memory when entries came twice.
     */
    private static long storedByAll(RaftServer.Division division) throws IOException {
        Map<RaftPeerId, Long> committed = new HashMap<>();
        for (CommitInfoProto info : division.getCommitInfos()) {
            committed.put(RaftPeerId.valueOf(info.getServer().getId()), info.getCommitIndex());
        }
        long index = division.getRaftLog().getLastCommittedIndex();
        for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
            index = Math.min(index, committed.getOrDefault(peer.getId(), RaftLog.INVALID_LOG_INDEX));
        }
        return endOffsetAt(division.getRaftLog(), index);
    }

    /** End of the records up to an entry of the Raft log. */
    private static long endOffsetAt(RaftLog raftLog, long index) throws IOException {
        for (long i = index; i >= raftLog.getStartIndex(); i--) {
            LogEntryProto entry = raftLog.get(i);
            if (entry == null) {
                return 0;
            }
            if (RaftLogScan.isData(entry)) {
                return RaftLogScan.header(entry).endOffset();
            }
        }
        return 0;
    }
}
