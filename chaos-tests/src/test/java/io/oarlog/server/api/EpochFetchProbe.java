package io.oarlog.server.api;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.raft.HalfPartition;
import java.nio.file.Path;

/** What a leader serves over the border of two epochs, and what others read there. */
public final class EpochFetchProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        HalfPartition partition = HalfPartition.open(directory, true)
                .stored(Fetches.batches(1, 1, 2, 2))
                .committed(4);
        int bytes = Fetches.batches(1).get(0).remaining();
        int others = partition.log().read(0, 1 << 20).remaining() / bytes;
        return Fetches.all(partition) + ", others " + others;
    }
}
