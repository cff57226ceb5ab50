package io.oarlog.raft;

import io.oarlog.log.ProducerBatch;
import io.oarlog.log.ProducerStates;
import io.oarlog.log.SequenceCheck;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The part of a partition's log that is still in motion: entries not yet on disk or not yet applied, the end offset and the
 * producers' sequences at the end. Thread-safe: every field is guarded by this object's monitor, under which no I/O is done.
 *
 * <p>Raft's log lock orders {@link #append} and {@link #truncate}; the segment is behind: {@link #drain} hands over, in
 * order, what the next flush has to do to it.
 *
 * <p>Whatever is in the Raft log's files is in the segment: an entry is written there before its header, and cut from there
 * after its header. So an entry that was removed before it was flushed is flushed all the same, because its header is written;
 * and a cut waits until Raft has made it, while what was taken later waits behind it.
 */
final class PartitionTail {
    /** Nothing to cut from the segment. */
    static final long NO_TRUNCATION = Long.MAX_VALUE;

    /** One entry with its record bytes. */
    record Entry(long index, EntryHeader header, ByteString data) {}

    /** What waits for the segment: one of both. */
    private sealed interface Work permits Addition, Cut {}

    private record Addition(Entry entry, Turn turn) implements Work {}

    private record Cut(long endOffset, Turn turn) implements Work {}

    /**
     * What a flush has to do, in this order.
     *
     * @param truncateTo end offset to cut the segment to first, or {@link #NO_TRUNCATION}
     * @param entries to append then
     */
    record Drained(long truncateTo, List<Entry> entries) {}

    private record Unapplied(long index, EntryHeader header) {}

    private final Deque<Unapplied> unapplied = new ArrayDeque<>();
    private final Deque<Work> unflushed = new ArrayDeque<>();
    private final Map<Long, ByteString> cached = new HashMap<>();
    private final ProducerStates appliedStates;
    private ProducerStates tailStates;
    private long endOffset;
    private long generation;
    private boolean isClosed;

    PartitionTail(int maxProducers) {
        this.appliedStates = new ProducerStates(maxProducers);
        this.tailStates = new ProducerStates(maxProducers);
    }

    /** Offset that the next record gets. */
    synchronized long endOffset() {
        return endOffset;
    }

    /** Rises with each truncation: same generation and same end offset mean the same tail. */
    synchronized long generation() {
        return generation;
    }

    /** Begins behind what a snapshot stands for, all of it applied. Before all else. */
    synchronized void restore(PartitionSnapshot snapshot) {
        endOffset = snapshot.endOffset();
        snapshot.producers().forEach(appliedStates::append);
        tailStates = appliedStates.copy();
    }

    /** Takes an entry found in the Raft log on start, whose data is in the segment. In index order, before all else. */
    synchronized void recover(long index, EntryHeader header) {
        checkContiguous(index, header);
        take(index, header);
    }

    /**
     * Takes the next entry of the Raft log; its bytes can be read at once.
     *
     * @return comes when the entry's header is about to be written: the next flush has to take the entry then
     */
    synchronized Turn append(long index, EntryHeader header, ByteString data) {
        if (isClosed) {
            // No flush would come: Raft must not write a header whose data is nowhere.
            throw new IllegalStateException("entry " + index + ": the partition is closed");
        }
        checkContiguous(index, header);
        take(index, header);
        Turn turn = new Turn();
        unflushed.add(new Addition(new Entry(index, header, data), turn));
        cached.put(index, data);
        return turn;
    }

    private void checkContiguous(long index, EntryHeader header) {
        if (header.baseOffset() != endOffset) {
            throw new IllegalStateException("entry " + index + " starts at offset " + header.baseOffset()
                    + " but the log ends at offset " + endOffset);
        }
    }

    private void take(long index, EntryHeader header) {
        unapplied.add(new Unapplied(index, header));
        header.producerBatches().forEach(tailStates::append);
        endOffset = header.endOffset();
    }

    /**
     * Removes the entry at {@code index} and all after it.
     *
     * @return comes when they are cut from the Raft log: the next flush has to cut the segment then
     */
    synchronized Turn truncate(long index) {
        Turn turn = new Turn();
        long newEnd = endOffset;
        while (!unapplied.isEmpty() && unapplied.getLast().index() >= index) {
            Unapplied removed = unapplied.removeLast();
            newEnd = removed.header().baseOffset();
            cached.remove(removed.index());
        }
        if (newEnd == endOffset) {
            return turn;
        }
        endOffset = newEnd;
        unflushed.add(new Cut(newEnd, turn));
        generation++;
        tailStates = appliedStates.copy();
        for (Unapplied entry : unapplied) {
            entry.header().producerBatches().forEach(tailStates::append);
        }
        return turn;
    }

    /**
     * The entry at {@code index} is committed and applied: it will never be truncated.
     *
     * @return what it had been written with
     */
    synchronized EntryHeader applied(long index) {
        Unapplied first = unapplied.poll();
        if (first == null || first.index() != index) {
            throw new IllegalStateException("applied entry " + index + " but the oldest unapplied one is "
                    + (first == null ? "none" : first.index()));
        }
        first.header().producerBatches().forEach(appliedStates::append);
        return first.header();
    }

    /**
     * Takes over what Raft's log thread has come to since the last flush; the entries stay readable until {@link #evict}. That
     * thread flushes what it has written before it cuts, so all cuts come first.
     */
    synchronized Drained drain() {
        long truncateTo = NO_TRUNCATION;
        while (unflushed.peek() instanceof Cut cut && cut.turn().hasCome()) {
            truncateTo = Math.min(truncateTo, cut.endOffset());
            unflushed.remove();
        }
        List<Entry> entries = new ArrayList<>();
        while (unflushed.peek() instanceof Addition addition && addition.turn().hasCome()) {
            entries.add(addition.entry());
            unflushed.remove();
        }
        return new Drained(truncateTo, entries);
    }

    /** Whether there are entries that no flush has taken yet. */
    synchronized boolean hasUnflushed() {
        return unflushed.stream().anyMatch(Addition.class::isInstance);
    }

    /** Record bytes of a recent entry, if they are in memory. */
    synchronized Optional<ByteString> cached(long index) {
        return Optional.ofNullable(cached.get(index));
    }

    /** Drops the bytes of an entry that is in the segment. */
    synchronized void evict(Entry entry) {
        // After a truncation another entry may have the index: only these very bytes go.
        cached.remove(entry.index(), entry.data());
    }

    /** The last committed batch of each idempotent producer that is remembered. */
    synchronized List<ProducerBatch> producers() {
        return appliedStates.lastBatches();
    }

    /** What of the applied batches idempotence remembers, in an order that gives the same state. */
    synchronized List<ProducerBatch> appliedBatches() {
        return appliedStates.batches();
    }

    /** Takes no more entries; those that are there can still be flushed. */
    synchronized void refuseAppends() {
        isClosed = true;
    }

    /** Takes no more entries and gives the memory back. */
    synchronized void close() {
        isClosed = true;
        unflushed.clear();
        unapplied.clear();
        cached.clear();
    }

    /**
     * Decides which of the waiting appends can go into the next entry, in order, under the state that the entry would meet.
     * Stops before the repetition of an append that is only just admitted: what becomes of the first one is not known yet.
     *
     * @param waiting appends in arrival order; looked at until {@code maxBytes} are reached, at least one
     */
    synchronized Admission admit(Iterator<PendingAppend> waiting, int maxBytes) {
        ProducerStates states = tailStates.fork();
        List<PendingAppend> admitted = new ArrayList<>();
        List<Admission.Refused> refused = new ArrayList<>();
        long offset = endOffset;
        int bytes = 0;
        int batches = 0;
        while (waiting.hasNext()) {
            PendingAppend append = waiting.next();
            bytes += append.sizeInBytes();
            batches += append.headers().size();
            boolean first = admitted.isEmpty();
            if (!first && (bytes > maxBytes || batches > EntryHeader.MAX_BATCHES)) {
                break;
            }
            List<ProducerBatch> producerBatches = append.producerBatches(offset);
            SequenceCheck verdict = check(producerBatches, states);
            if (verdict instanceof SequenceCheck.Duplicate duplicate && duplicate.lastOffset() >= endOffset) {
                break;
            }
            if (verdict instanceof SequenceCheck.Accepted) {
                admitted.add(append);
                producerBatches.forEach(states::append);
                offset += append.recordCount();
            } else {
                refused.add(new Admission.Refused(append, verdict));
                bytes -= append.sizeInBytes();
                batches -= append.headers().size();
            }
        }
        return new Admission(admitted, refused, endOffset, generation);
    }

    /** Whether all batches of an append can follow in this state; changes nothing. */
    private static SequenceCheck check(List<ProducerBatch> batches, ProducerStates states) {
        ProducerStates trial = batches.size() > 1 ? states.fork() : states;
        SequenceCheck.@Nullable Duplicate repeated = null;
        int accepted = 0;
        for (ProducerBatch batch : batches) {
            SequenceCheck verdict = trial.check(batch);
            if (verdict instanceof SequenceCheck.Duplicate duplicate) {
                long baseOffset = repeated == null ? duplicate.baseOffset() : repeated.baseOffset();
                repeated = new SequenceCheck.Duplicate(baseOffset, duplicate.lastOffset());
            } else if (verdict instanceof SequenceCheck.Accepted) {
                accepted++;
                if (trial != states) {
                    trial.append(batch);
                }
            } else {
                return verdict;
            }
        }
        if (repeated == null) {
            return new SequenceCheck.Accepted();
        }
        // Some of it there and some not: neither a repetition nor something that can be appended.
        return accepted == 0
                ? repeated
                : new SequenceCheck.OutOfOrder(
                        batches.get(0).baseSequence(),
                        batches.get(batches.size() - 1).baseSequence());
    }
}
