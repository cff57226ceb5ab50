package io.oarlog.raft;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What the other nodes say of their disks. Thread-safe.
 *
 * <p>A node that is short of space says so again and again, see {@link SpaceNotices}; of one that is silent the best is
 * assumed. A leader that errs sends records to a disk that is full, where they wait.
 */
final class PeerSpaces {
    private static final Duration NOTICE_VALID = SpaceNotices.INTERVAL.multipliedBy(5);

    private record Notice(DiskSpace space, long validUntilNanos) {}

    private final LongSupplier nanoClock;
    private final Map<Integer, Notice> notices = new ConcurrentHashMap<>();

    PeerSpaces(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** A node said how its disk is. */
    void onNotice(int nodeId, DiskSpace space) {
        if (space == DiskSpace.AMPLE) {
            notices.remove(nodeId);
        } else {
            notices.put(nodeId, new Notice(space, nanoClock.getAsLong() + NOTICE_VALID.toNanos()));
        }
    }

    DiskSpace of(int nodeId) {
        Notice notice = notices.get(nodeId);
        if (notice == null) {
            return DiskSpace.AMPLE;
        }
        if (nanoClock.getAsLong() - notice.validUntilNanos() > 0) {
            notices.remove(nodeId, notice);
            return DiskSpace.AMPLE;
        }
        return notice.space();
    }

    /** Those of the nodes that are short of space. */
    List<Integer> shortAmong(Collection<Integer> nodeIds) {
        return nodeIds.stream().filter(node -> of(node) != DiskSpace.AMPLE).toList();
    }

    /** Whether no node is short of space as far as is known; cheaper than to ask for each. */
    boolean areAllAmple() {
        return notices.isEmpty();
    }
}
