package io.oarlog.log;

import io.oarlog.chaos.mutant.Probe;
import java.nio.file.Path;

/** What is said of a batch that is repeated, and of one that leaves a gap. */
public final class SequencesProbe implements Probe {
    @Override
    public String observe(Path directory) {
        ProducerStates states = new ProducerStates(10);
        states.append(batch(0));
        return "again: " + verdict(states, batch(0)) + ", gap: " + verdict(states, batch(2)) + ", next: "
                + verdict(states, batch(1));
    }

    private static ProducerBatch batch(int sequence) {
        return ProducerBatch.of(7, (short) 0, sequence, sequence, 0);
    }

    private static String verdict(ProducerStates states, ProducerBatch batch) {
        return states.check(batch).getClass().getSimpleName();
    }
}
