package io.oarlog.server.api;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.raft.HalfPartition;
import java.nio.file.Path;

/** What a leader serves, of three batches of which one is committed, and what others are told of the high watermark. */
public final class LeaderFetchProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        HalfPartition partition = HalfPartition.open(directory, true)
                .stored(Fetches.batches(1, 1, 1))
                .committed(1);
        return Fetches.all(partition) + ", high watermark " + partition.log().highWatermark();
    }
}
