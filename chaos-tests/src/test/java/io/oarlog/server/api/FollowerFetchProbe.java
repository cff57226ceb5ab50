package io.oarlog.server.api;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.raft.HalfPartition;
import java.nio.file.Path;

/** What a node serves that does not lead, of three batches of which one is committed. */
public final class FollowerFetchProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        return Fetches.all(HalfPartition.open(directory, false)
                .stored(Fetches.batches(1, 1, 1))
                .committed(1));
    }
}
