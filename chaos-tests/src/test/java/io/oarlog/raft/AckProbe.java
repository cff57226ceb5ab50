package io.oarlog.raft;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.log.Batches;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Whether an append is answered that is not committed. */
public final class AckProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        ByteBuffer batch = Batches.at(0, 1, 1);
        return HalfPartition.open(directory, true)
                        .log()
                        .append(batch, Batches.headers(batch))
                        .isDone()
                ? "answered"
                : "waits";
    }
}
