package io.oarlog.raft;

import io.oarlog.chaos.mutant.Probe;
import io.oarlog.log.BatchHeader;
import io.oarlog.log.TestBatches;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** What a new leader makes of a batch that is in its log already. */
public final class LeaderChangeProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        HalfPartition half = HalfPartition.open(directory, true);
        ByteBuffer batch = TestBatches.at(0).producer(7, 0, 0).build();
        List<BatchHeader> headers = TestBatches.headers(batch);
        PartitionTail tail = new PartitionTail(10);
        tail.recover(1, new EntryHeader(0, List.of(EntryHeader.Batch.of(headers.get(0)))));

        new PartitionStateMachine(half.partition(), tail, half.resources())
                .notifyLeaderChanged(HalfPartition.MEMBER, HalfPartition.NODE);

        Admission retry = tail.admit(
                List.of(new PendingAppend(batch, headers, OptionalInt.empty())).iterator(), 1 << 20);
        return retry.admitted().isEmpty() ? "known" : "appended again";
    }
}
