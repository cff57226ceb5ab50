package io.oarlog.server.inspect;

import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.raft.PartitionInspection;
import io.oarlog.raft.RaftEntry;
import org.apache.kafka.common.record.internal.Record;

/** Prints what an inspection shows, each thing on a line of its own. Confined to its user. */
interface InspectionOutput {
    /** What follows is of this partition. */
    void partition(PartitionInspection partition);

    void batch(InspectedBatch batch);

    void record(Record record);

    void entry(RaftEntry entry);

    void finding(LogFinding finding);

    void total(Total total);

    /** Whether nobody reads any more. */
    boolean isClosed();

    void flush();
}
