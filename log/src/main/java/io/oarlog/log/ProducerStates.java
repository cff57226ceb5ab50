package io.oarlog.log;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last sequences of every idempotent producer of a partition (KIP-98, KIP-360). Not thread-safe: confined to its caller.
 *
 * <p>A batch is accepted when it follows the producer's last one, when it is the first (sequence 0) of a newer epoch, or
 * when nothing is known of the producer. One of the last {@value #REMEMBERED_BATCHES} batches again is a duplicate.
 */
public final class ProducerStates {
    private static final int REMEMBERED_BATCHES = 5;

    private final int maxProducers;
    private final @Nullable ProducerStates parent;
    /** The one that appended longest ago comes first. */
    private final LinkedHashMap<Long, Producer> producers = new LinkedHashMap<>();

    /**
     * @param maxProducers bound on the producers remembered; the one that appended longest ago goes first, and is then taken
     *     for new
     */
    public ProducerStates(int maxProducers) {
        this(maxProducers, null);
    }

    private ProducerStates(int maxProducers, @Nullable ProducerStates parent) {
        if (maxProducers < 1) {
            throw new IllegalArgumentException("maxProducers must be at least 1, found " + maxProducers);
        }
        this.maxProducers = maxProducers;
        this.parent = parent;
    }

    /** Whether the batch may be appended now; changes nothing. */
    public SequenceCheck check(ProducerBatch batch) {
        Producer producer = find(batch.producerId());
        return producer == null ? new SequenceCheck.Accepted() : producer.check(batch);
    }

    /** Remembers a batch that is appended. It is not checked again. */
    public void append(ProducerBatch batch) {
        Producer known = find(batch.producerId());
        producers.remove(batch.producerId());
        producers.put(batch.producerId(), known == null ? Producer.first(batch) : known.with(batch));
        // An overlay must not forget: its parent would answer with what it knew before.
        if (parent == null && producers.size() > maxProducers) {
            Iterator<Long> eldest = producers.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }

    /** An independent copy. */
    public ProducerStates copy() {
        ProducerStates copy = new ProducerStates(maxProducers, parent);
        copy.producers.putAll(producers);
        return copy;
    }

    /**
     * An overlay that sees this state and keeps what it appends to itself, without a bound. This one must not change
     * meanwhile.
     */
    public ProducerStates fork() {
        return new ProducerStates(maxProducers, this);
    }

    /** The last batch of each producer remembered here, those of a parent not counted; who appended longest ago comes first. */
    public List<ProducerBatch> lastBatches() {
        return producers.values().stream()
                .map(producer -> producer.batches().getLast())
                .toList();
    }

    /**
     * All batches remembered here, those of a parent not counted: appended in this order to an empty state they give this one.
     */
    public List<ProducerBatch> batches() {
        return producers.values().stream()
                .flatMap(producer -> producer.batches().stream())
                .toList();
    }

    /** Producers remembered here, those of a parent not counted. */
    int size() {
        return producers.size();
    }

    private @Nullable Producer find(long producerId) {
        Producer own = producers.get(producerId);
        return own != null || parent == null ? own : requireNonNull(parent).find(producerId);
    }

    /** One producer's last batches, oldest first. Immutable once made. */
    private record Producer(short epoch, Deque<ProducerBatch> batches) {
        static Producer first(ProducerBatch batch) {
            Deque<ProducerBatch> batches = new ArrayDeque<>(1);
            batches.add(batch);
            return new Producer(batch.producerEpoch(), batches);
        }

        Producer with(ProducerBatch batch) {
            if (batch.producerEpoch() != epoch) {
                return first(batch);
            }
            Deque<ProducerBatch> appended = new ArrayDeque<>(batches);
            appended.add(batch);
            if (appended.size() > REMEMBERED_BATCHES) {
                appended.remove();
            }
            return new Producer(epoch, appended);
        }

        SequenceCheck check(ProducerBatch batch) {
            if (batch.producerEpoch() < epoch) {
                return new SequenceCheck.Fenced(epoch, batch.producerEpoch());
            }
            if (batch.producerEpoch() > epoch) {
                return batch.baseSequence() == 0
                        ? new SequenceCheck.Accepted()
                        : new SequenceCheck.OutOfOrder(0, batch.baseSequence());
            }
            for (ProducerBatch known : batches) {
                if (known.baseSequence() == batch.baseSequence() && known.lastSequence() == batch.lastSequence()) {
                    return new SequenceCheck.Duplicate(known.baseOffset(), known.lastOffset());
                }
            }
            int last = batches.getLast().lastSequence();
            int expected = last == Integer.MAX_VALUE ? 0 : last + 1;
            return batch.baseSequence() == expected
                    ? new SequenceCheck.Accepted()
                    : new SequenceCheck.OutOfOrder(expected, batch.baseSequence());
        }
    }
}
