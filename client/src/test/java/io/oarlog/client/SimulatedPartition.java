package io.oarlog.client;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** A partition's log with Kafka's rules for idempotent producers. Guarded by its cluster. */
final class SimulatedPartition {
    /** What came of an append. */
    record Outcome(Errors error, long baseOffset) {}

    private record Numbered(int baseSequence, int lastSequence, long baseOffset) {}

    /** The last five batches of one epoch, oldest first. */
    private record Sequence(short epoch, Deque<Numbered> batches) {}

    private final List<ByteBuffer> batches = new ArrayList<>();
    private final List<Long> baseOffsets = new ArrayList<>();
    private final List<String> values = new ArrayList<>();
    private final Map<Long, Sequence> sequences = new HashMap<>();
    private long logStartOffset;
    private int leader;
    private int epoch;

    SimulatedPartition(int leader) {
        this.leader = leader;
    }

    int leader() {
        return leader;
    }

    int epoch() {
        return epoch;
    }

    void moveTo(int newLeader) {
        leader = newLeader;
        epoch++;
    }

    long endOffset() {
        return values.size();
    }

    long logStartOffset() {
        return logStartOffset;
    }

    void deleteBefore(long offset) {
        logStartOffset = offset;
    }

    /** The values in the order of their offsets. */
    List<String> values() {
        return List.copyOf(values);
    }

    int batchCount() {
        return batches.size();
    }

    /** As if somebody else used the producer's id under a later epoch. */
    void fence(long producerId) {
        Sequence known = sequences.get(producerId);
        if (known != null) {
            sequences.put(producerId, new Sequence((short) (known.epoch() + 1), new ArrayDeque<>()));
        }
    }

    Outcome append(MemoryRecords records) {
        MutableRecordBatch batch = records.batches().iterator().next();
        batch.ensureValid();
        Sequence known = sequences.get(batch.producerId());
        if (batch.hasProducerId()) {
            Outcome refusal = check(batch, known);
            if (refusal != null) {
                return refusal;
            }
        }
        long base = values.size();
        for (Record record : batch) {
            values.add(Utils.utf8(Utils.toArray(record.value())));
        }
        batch.setLastOffset(values.size() - 1L);
        batch.setPartitionLeaderEpoch(epoch);
        ByteBuffer copy = ByteBuffer.allocate(records.sizeInBytes());
        copy.put(records.buffer().duplicate()).flip();
        batches.add(copy);
        baseOffsets.add(base);
        if (batch.hasProducerId()) {
            Deque<Numbered> last =
                    known != null && known.epoch() == batch.producerEpoch() ? known.batches() : new ArrayDeque<>();
            last.addLast(new Numbered(batch.baseSequence(), batch.lastSequence(), base));
            if (last.size() > 5) {
                last.removeFirst();
            }
            sequences.put(batch.producerId(), new Sequence(batch.producerEpoch(), last));
        }
        return new Outcome(Errors.NONE, base);
    }

    private static @Nullable Outcome check(RecordBatch batch, @Nullable Sequence known) {
        if (known == null) {
            return null;
        }
        if (batch.producerEpoch() < known.epoch()) {
            return new Outcome(Errors.INVALID_PRODUCER_EPOCH, -1);
        }
        if (batch.producerEpoch() > known.epoch()) {
            return batch.baseSequence() == 0 ? null : new Outcome(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
        }
        for (Numbered earlier : known.batches()) {
            if (earlier.baseSequence() == batch.baseSequence() && earlier.lastSequence() == batch.lastSequence()) {
                return new Outcome(Errors.NONE, earlier.baseOffset());
            }
        }
        if (known.batches().isEmpty()) {
            return batch.baseSequence() == 0 ? null : new Outcome(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
        }
        int last = known.batches().getLast().lastSequence();
        if (batch.lastSequence() < last) {
            return new Outcome(Errors.DUPLICATE_SEQUENCE_NUMBER, -1);
        }
        return batch.baseSequence() == last + 1 ? null : new Outcome(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
    }

    /** Puts bytes into the log as they are: for what a healthy broker would not store. */
    void appendRaw(ByteBuffer bytes, int records) {
        baseOffsets.add((long) values.size());
        batches.add(bytes);
        for (int i = 0; i < records; i++) {
            values.add("raw");
        }
    }

    /** Whole batches from the one that holds the offset on, the first whatever its size. */
    MemoryRecords read(long offset, int maxBytes) {
        int first = 0;
        while (first + 1 < batches.size() && baseOffsets.get(first + 1) <= offset) {
            first++;
        }
        if (offset >= endOffset()) {
            return MemoryRecords.EMPTY;
        }
        ByteBuffer out =
                ByteBuffer.allocate(Math.max(maxBytes, batches.get(first).remaining()));
        for (int i = first; i < batches.size() && batches.get(i).remaining() <= out.remaining(); i++) {
            out.put(batches.get(i).duplicate());
        }
        out.flip();
        return MemoryRecords.readableRecords(out);
    }
}
