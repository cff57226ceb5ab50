package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a partition's replicas, as it is printed in JSON. Immutable.
 *
 * @param leader node id; null when there is none
 * @param acknowledgedTo the highest offset, exclusive, that a replica knows to have been acknowledged
 * @param refusal why no replica may lead alone; null when one may
 */
record PartitionRemains(
        String topic,
        int partition,
        @Nullable Integer leader,
        long acknowledgedTo,
        @Nullable String refusal,
        List<Replica> replicas) {
    PartitionRemains {
        replicas = List.copyOf(replicas);
    }

    /**
     * A replica.
     *
     * @param disk what became of it
     * @param votes whether the group counts it
     * @param endOffset of its records, exclusive; null when it does not answer
     */
    record Replica(
            int node, Disk disk, boolean votes, @Nullable Long endOffset) {
        boolean isLeft() {
            return endOffset != null;
        }
    }

    /** What became of a replica's disk. */
    enum Disk {
        THERE("answers"),
        SILENT("does not answer"),
        GIVEN_UP("given up");

        private final String words;

        Disk(String words) {
            this.words = words;
        }
    }

    private record Voter(int node, Uuid disk) {
        static Voter of(ReplicaState state) {
            return new Voter(state.replicaId(), state.replicaDirectoryId());
        }
    }

    /**
     * Reads it from answers to DescribeQuorum.
     *
     * @param metadata whose voters are the disks that count
     * @throws CommandFailedException when there is no such partition
     */
    static PartitionRemains of(String topic, PartitionData metadata, PartitionData described) {
        Errors error = Errors.forCode(described.errorCode());
        if (error != Errors.NONE && error != Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE) {
            String words = described.errorMessage();
            throw new CommandFailedException(
                    topic + "-" + described.partitionIndex() + ": " + (words == null ? error.message() : words));
        }
        Set<Voter> disks = new HashSet<>();
        metadata.currentVoters().forEach(voter -> disks.add(Voter.of(voter)));
        List<Replica> replicas = new ArrayList<>();
        described.currentVoters().forEach(voter -> replicas.add(replica(voter, true, disks)));
        described.observers().forEach(observer -> replicas.add(replica(observer, false, disks)));
        return new PartitionRemains(
                topic,
                described.partitionIndex(),
                described.leaderId() < 0 ? null : Integer.valueOf(described.leaderId()),
                described.highWatermark(),
                error == Errors.NONE ? null : described.errorMessage(),
                replicas);
    }

    private static Replica replica(ReplicaState state, boolean votes, Set<Voter> disks) {
        boolean answers = state.logEndOffset() >= 0;
        Disk lost = disks.contains(Voter.of(state)) ? Disk.SILENT : Disk.GIVEN_UP;
        return new Replica(
                state.replicaId(),
                answers ? Disk.THERE : lost,
                votes,
                answers ? Long.valueOf(state.logEndOffset()) : null);
    }

    String name() {
        return topic + "-" + partition;
    }

    /** The most that a replica has; 0 when there is none. */
    private long endOffset() {
        return replicas.stream()
                .filter(Replica::isLeft)
                .mapToLong(replica -> replica.endOffset() == null ? 0 : replica.endOffset())
                .max()
                .orElse(0);
    }

    void print(PrintWriter out) {
        TextTable table = new TextTable("NODE", "DISK", "VOTES", "RECORDS END AT");
        replicas.forEach(replica ->
                table.row(replica.node(), replica.disk().words, replica.votes() ? "yes" : "no", replica.endOffset()));
        table.print(out);
    }

    /** What would be lost when the replica with the most leads alone. */
    void printLoss(PrintWriter out) {
        long end = endOffset();
        out.println(name() + " would go on with its records below offset " + end + ".");
        out.println("Lost for good: whatever the disks that were given up had from offset " + end
                + " on, acknowledged or not; nobody can tell how much that is.");
        if (acknowledgedTo < end) {
            out.println("Kept: offsets " + acknowledgedTo + " to " + (end - 1)
                    + ", which may never have been acknowledged.");
        }
    }
}
