package io.oarlog.chaos.history;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Offsets of a group by key: a map in EDN.
 *
 * @param byKey the next offset to be read; unmodifiable
 */
public record Offsets(SortedMap<Integer, Long> byKey) implements OpValue {
    public Offsets {
        byKey = Collections.unmodifiableSortedMap(new TreeMap<>(byKey));
    }

    public static Offsets of(Map<Integer, Long> byKey) {
        return new Offsets(new TreeMap<>(byKey));
    }
}
