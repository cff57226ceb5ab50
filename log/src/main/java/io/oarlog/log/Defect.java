package io.oarlog.log;

/** What is wrong with a batch. Immutable. */
record Defect(InvalidBatchException.Reason reason, String expected, String found) {
    static Defect corrupt(String expected, Object found) {
        return new Defect(InvalidBatchException.Reason.CORRUPT, expected, String.valueOf(found));
    }

    static Defect invalid(String expected, Object found) {
        return new Defect(InvalidBatchException.Reason.INVALID, expected, String.valueOf(found));
    }

    String at(long position) {
        return "batch at position " + position + ": expected " + expected + ", found " + found;
    }
}
