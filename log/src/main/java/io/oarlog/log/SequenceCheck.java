package io.oarlog.log;

/** Verdict of {@link ProducerStates} on a batch that is about to be appended. */
public sealed interface SequenceCheck {
    /** The batch follows the producer's last one, or nothing is known of the producer. */
    record Accepted() implements SequenceCheck {}

    /** The same sequences were appended before, at these offsets (both inclusive). */
    record Duplicate(long baseOffset, long lastOffset) implements SequenceCheck {}

    /** The batch leaves a gap or repeats what is no longer remembered. */
    record OutOfOrder(int expected, int found) implements SequenceCheck {}

    /** A newer epoch of this producer id has written. */
    record Fenced(int currentEpoch, int found) implements SequenceCheck {}
}
