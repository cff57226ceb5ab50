package io.oarlog.chaos.checker;

import java.util.Arrays;

/** The highest offset that was told so far, at each operation of a history. Confined to one check. */
final class RunningMaximum {
    private int[] ops = new int[16];
    private long[] offsets = new long[16];
    private int size;

    /**
     * Adds what an operation tells.
     *
     * @param op not before that of an earlier call
     */
    void add(int op, long offset) {
        if (size > 0 && offsets[size - 1] >= offset) {
            return;
        }
        if (size == ops.length) {
            ops = Arrays.copyOf(ops, 2 * size);
            offsets = Arrays.copyOf(offsets, 2 * size);
        }
        ops[size] = op;
        offsets[size] = offset;
        size++;
    }

    /** The highest offset told before the operation, or {@link KeyRecords#UNKNOWN}. */
    long before(int op) {
        int place = place(op);
        return place < 0 ? KeyRecords.UNKNOWN : offsets[place];
    }

    /** The operation that told the offset of {@link #before}, or {@link KeyRecords#NONE}. */
    int toldBefore(int op) {
        int place = place(op);
        return place < 0 ? KeyRecords.NONE : ops[place];
    }

    /** The last entry before the operation; an operation can have several. */
    private int place(int op) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ops[middle] < op) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
