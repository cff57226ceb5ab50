package io.oarlog.log;

/** Where the log gets the time from. Thread-safe. */
@FunctionalInterface
public interface Clock {
    /** Milliseconds since the epoch; may jump either way. */
    long currentTimeMillis();

    /** The machine's wall clock. */
    static Clock system() {
        return System::currentTimeMillis;
    }
}
