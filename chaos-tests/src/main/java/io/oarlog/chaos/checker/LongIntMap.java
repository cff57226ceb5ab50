package io.oarlog.chaos.checker;

/** A map from longs to numbers from 0 on, without an object for each entry. Confined to one thread. */
final class LongIntMap {
    /** In place of a value. */
    static final int ABSENT = -1;

    private static final int INITIAL_CAPACITY = 16;

    private long[] keys = new long[INITIAL_CAPACITY];
    /** One more than the value; 0 where nothing is. */
    private int[] entries = new int[INITIAL_CAPACITY];

    private int size;

    /** The value of the key, or {@link #ABSENT}. */
    int get(long key) {
        return entries[slot(key)] - 1;
    }

    /** @param value at least 0 */
    void put(long key, int value) {
        int slot = slot(key);
        boolean isNew = entries[slot] == 0;
        keys[slot] = key;
        entries[slot] = value + 1;
        if (isNew && ++size > keys.length / 2) {
            grow();
        }
    }

    /** Puts the value unless the key has one, and returns that one, or {@link #ABSENT}. */
    int putIfAbsent(long key, int value) {
        int before = get(key);
        if (before == ABSENT) {
            put(key, value);
        }
        return before;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldEntries = entries;
        keys = new long[2 * oldKeys.length];
        entries = new int[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldEntries[i] != 0) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                entries[slot] = oldEntries[i];
            }
        }
    }

    /** Where the key is, or belongs. */
    private int slot(long key) {
        int mask = keys.length - 1;
        // The golden ratio in 64 bits: spreads keys that follow one another.
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (entries[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
