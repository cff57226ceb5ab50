package io.oarlog.server.group;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.log.Batches;
import io.oarlog.raft.HalfPartition;
import io.oarlog.raft.ReplicatedLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the group coordinator is told of an append that is never committed, and whether that is in the log. */
public final class TenureProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        ReplicatedLog log = HalfPartition.open(directory, true).log();
        List<Long> committed = new ArrayList<>();
        Tenure tenure = new Tenure(log, log.leader().leaderEpoch(), 0, () -> committed.add(-1L));
        tenure.listen(committed::add);
        long first = tenure.append(Batches.at(0, 1, 1));
        long second = tenure.append(Batches.at(0, 1, 2));
        return "ends " + first + " and " + second + ", committed " + committed;
    }
}
