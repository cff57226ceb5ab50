package io.oarlog.raft;

import io.oarlog.log.RecordBatches;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Produces that share one Raft entry, on their way into the log. Confined to the partition's append task until it is
 * submitted, then to the Raft log's lock; {@link #baseOffset} is read after the entry's future completes.
 *
 * <p>Header and data are mutable arrays behind the entry's byte strings on purpose: the place in the log is known only
 * when the entry is appended, and neither base offset nor leader epoch is covered by a batch's CRC.
 */
final class JoinedEntry {
    private static final long NOT_PLACED = -1;

    private final List<PendingAppend> appends;
    private final Admission admission;
    private final byte[] header;
    private final ByteBuffer data;
    private volatile long baseOffset = NOT_PLACED;

    /** Joins what was admitted, at least one append, in its order. */
    JoinedEntry(Admission admission) {
        this.appends = List.copyOf(admission.admitted());
        this.admission = admission;
        List<EntryHeader.Batch> batches = new ArrayList<>();
        for (PendingAppend append : appends) {
            append.headers().forEach(batch -> batches.add(EntryHeader.Batch.of(batch)));
        }
        this.header = new EntryHeader(0, batches).encode();
        this.data = join(appends);
    }

    /** One produce goes as it is; several are copied together once, so that the segment gets one write. */
    private static ByteBuffer join(List<PendingAppend> appends) {
        if (appends.size() == 1) {
            return appends.get(0).batches().slice();
        }
        int bytes = 0;
        for (PendingAppend append : appends) {
            bytes += append.sizeInBytes();
        }
        ByteBuffer joined = ByteBuffer.allocate(bytes);
        for (PendingAppend append : appends) {
            joined.put(append.batches().duplicate());
        }
        return joined.flip();
    }

    List<PendingAppend> appends() {
        return appends;
    }

    /** Whether the sequences that were checked still hold for this state of the tail. */
    boolean isAdmittedAt(long endOffset, long generation) {
        return admission.endOffset() == endOffset && admission.generation() == generation;
    }

    /** Whether all of its appends may be made in this leader epoch. */
    boolean isFor(int leaderEpoch) {
        return appends.stream().allMatch(append -> append.isFor(leaderEpoch));
    }

    byte[] header() {
        return header;
    }

    ByteBuffer data() {
        return data;
    }

    /** Whether the entry got a place in the log: from then on it may be committed, whatever its future says. */
    boolean isPlaced() {
        return baseOffset != NOT_PLACED;
    }

    long baseOffset() {
        return baseOffset;
    }

    /** Writes offsets and epoch into header and data. Called under the Raft log's lock, before anyone reads them. */
    void placeAt(long offset, int leaderEpoch) {
        EntryHeader.placeAt(header, offset);
        long next = offset;
        int position = 0;
        for (PendingAppend append : appends) {
            for (var batch : append.headers()) {
                RecordBatches.placeAt(data, position, next, leaderEpoch);
                position += batch.sizeInBytes();
                next += batch.lastOffsetDelta() + 1L;
            }
        }
        baseOffset = offset;
    }
}
