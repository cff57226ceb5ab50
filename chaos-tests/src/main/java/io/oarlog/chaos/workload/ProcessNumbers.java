package io.oarlog.chaos.workload;

/**
 * The numbers of the processes that follow each other in one place of the workload, as in Jepsen: after one whose last operation
 * nobody knows the end of comes another, with a number higher by the number of places. Confined to one thread.
 */
final class ProcessNumbers {
    private final int places;
    private long current;

    ProcessNumbers(int place, int places) {
        this.places = places;
        this.current = place;
    }

    long current() {
        return current;
    }

    void next() {
        current += places;
    }
}
