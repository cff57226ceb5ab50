package io.oarlog.raft;

import io.oarlog.chaos.mutant.Probe;
import java.nio.file.Path;

/** Which offsets a producer is told. */
public final class RetryProbe implements Probe {
    @Override
    public String observe(Path directory) {
        return "first " + new AppendOutcome.Appended(4, false).baseOffset() + ", again "
                + new AppendOutcome.Appended(4, true).baseOffset();
    }
}
