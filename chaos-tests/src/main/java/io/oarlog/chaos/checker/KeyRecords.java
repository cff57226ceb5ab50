package io.oarlog.chaos.checker;

import java.util.Arrays;
import java.util.BitSet;

/**
 * What a history tells of the records of one key: a row for each value that was sent or seen, in columns, since there can be
 * millions. Confined to one check. Operations are named by their index.
 */
final class KeyRecords {
    /** In place of a row or an operation. */
    static final int NONE = -1;
    /** In place of an offset. */
    static final long UNKNOWN = -1;

    private static final int INITIAL_ROWS = 16;

    private final int key;
    private final LongIntMap rowByValue = new LongIntMap();
    private final LongIntMap rowByOffset = new LongIntMap();
    private long[] values = new long[INITIAL_ROWS];
    private long[] offsets = new long[INITIAL_ROWS];
    private int[] toldBy = new int[INITIAL_ROWS];
    private int[] invoked = new int[INITIAL_ROWS];
    private int[] ended = new int[INITIAL_ROWS];
    private int[] polled = new int[INITIAL_ROWS];
    private final BitSet certain = new BitSet();
    private int size;
    private long highestPolled = UNKNOWN;
    private int highestPolledBy = NONE;

    KeyRecords(int key) {
        this.key = key;
    }

    int key() {
        return key;
    }

    /** Rows are 0 up to this, exclusive. */
    int size() {
        return size;
    }

    /** The row of a value, or {@link #NONE}. */
    int row(long value) {
        return rowByValue.get(value);
    }

    /** The row of the value that was first known to be at the offset, or {@link #NONE}. */
    int rowAt(long offset) {
        return rowByOffset.get(offset);
    }

    long value(int row) {
        return values[row];
    }

    /** The offset at which the value was first known to be, or {@link #UNKNOWN}. */
    long offset(int row) {
        return offsets[row];
    }

    /** The operation that first told the offset, or {@link #NONE}. */
    int toldBy(int row) {
        return toldBy[row];
    }

    /** The invocation of its send, or {@link #NONE}. */
    int invoked(int row) {
        return invoked[row];
    }

    /** The completion of its send, or {@link #NONE}. */
    int ended(int row) {
        return ended[row];
    }

    /** The first operation that polled it, or {@link #NONE}. */
    int polled(int row) {
        return polled[row];
    }

    boolean isPolled(int row) {
        return polled[row] != NONE;
    }

    /** Whether it is in the log beyond doubt: acknowledged, polled, or sent by a transaction of which a record was polled. */
    boolean isCertain(int row) {
        return certain.get(row);
    }

    /** The highest offset that was polled by anybody, or {@link #UNKNOWN}. */
    long highestPolled() {
        return highestPolled;
    }

    /** The first operation that polled the highest offset, or {@link #NONE}. */
    int highestPolledBy() {
        return highestPolledBy;
    }

    /** The known offsets of certain records, rising. */
    long[] certainOffsets() {
        return offsetsOf(certain);
    }

    /** The offsets of polled records, rising. */
    long[] polledOffsets() {
        BitSet rows = new BitSet(size);
        for (int row = 0; row < size; row++) {
            rows.set(row, isPolled(row));
        }
        return offsetsOf(rows);
    }

    private long[] offsetsOf(BitSet rows) {
        return rows.stream()
                .mapToLong(row -> offsets[row])
                .filter(offset -> offset != UNKNOWN)
                .sorted()
                .toArray();
    }

    /** @throws IllegalArgumentException if it was invoked before: what is sent twice cannot be told apart */
    void invoke(long value, int op) {
        int row = rowOf(value);
        if (invoked[row] != NONE) {
            throw new IllegalArgumentException(
                    "op " + op + " sends the value " + value + " of key " + key + " again, after op " + invoked[row]);
        }
        invoked[row] = op;
    }

    void end(long value, int op) {
        ended[rowOf(value)] = op;
    }

    void setCertain(long value) {
        certain.set(rowOf(value));
    }

    /** The first place that is told stays. */
    void place(long value, long offset, int op) {
        int row = rowOf(value);
        if (offsets[row] == UNKNOWN) {
            offsets[row] = offset;
            toldBy[row] = op;
        }
        rowByOffset.putIfAbsent(offset, row);
    }

    void poll(long value, long offset, int op) {
        int row = rowOf(value);
        certain.set(row);
        if (polled[row] == NONE) {
            polled[row] = op;
        }
        if (offset > highestPolled) {
            highestPolled = offset;
            highestPolledBy = op;
        }
        place(value, offset, op);
    }

    private int rowOf(long value) {
        int row = rowByValue.putIfAbsent(value, size);
        if (row != LongIntMap.ABSENT) {
            return row;
        }
        if (size == values.length) {
            grow(2 * size);
        }
        values[size] = value;
        offsets[size] = UNKNOWN;
        toldBy[size] = NONE;
        invoked[size] = NONE;
        ended[size] = NONE;
        polled[size] = NONE;
        return size++;
    }

    private void grow(int rows) {
        values = Arrays.copyOf(values, rows);
        offsets = Arrays.copyOf(offsets, rows);
        toldBy = Arrays.copyOf(toldBy, rows);
        invoked = Arrays.copyOf(invoked, rows);
        ended = Arrays.copyOf(ended, rows);
        polled = Arrays.copyOf(polled, rows);
    }
}
