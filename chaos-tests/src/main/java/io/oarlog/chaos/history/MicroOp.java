package io.oarlog.chaos.history;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One send or poll, as in Jepsen's Kafka workload. */
public sealed interface MicroOp {
    /**
     * {@code [:send key value]}, or {@code [:send key [offset value]]} when the offset is known.
     *
     * @param value unique among all sends to the key
     */
    record Send(int key, @Nullable Long offset, long value) implements MicroOp {}

    /**
     * {@code [:poll]} at the invocation, {@code [:poll {key [[offset value] ...]}]} with what came.
     *
     * @param records by key, in the order in which the consumer gave them; null at the invocation
     */
    record Poll(@Nullable SortedMap<Integer, List<Seen>> records) implements MicroOp {
        public Poll {
            if (records != null) {
                SortedMap<Integer, List<Seen>> copy = new TreeMap<>(records);
                copy.replaceAll((key, ofKey) -> List.copyOf(ofKey));
                records = Collections.unmodifiableSortedMap(copy);
            }
        }

        /** As it is invoked. */
        public static Poll invoked() {
            return new Poll(null);
        }

        public static Poll of(Map<Integer, List<Seen>> records) {
            return new Poll(new TreeMap<>(records));
        }
    }

    /** One record as a consumer saw it. */
    record Seen(long offset, long value) {}
}
