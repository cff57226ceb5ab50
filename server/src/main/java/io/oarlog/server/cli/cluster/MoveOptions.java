package io.oarlog.server.cli.cluster;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The node and the options of the commands that move replicas, and what they have in common: begin, and wait if that is wanted. */
final class MoveOptions {
    private static final long LOOK_MILLIS = 500;
    private static final long MIB = 1L << 20;
    private static final int JOIN_SECONDS = 60;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Parameters(paramLabel = "NODE", description = "Id of the node.")
    private int node;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Wait for so long at most until all is moved. The cluster goes on with it whoever waits."
                    + " Default: ${DEFAULT-VALUE}.")
    private int waitSeconds;

    @Option(names = "--dry-run", description = "Show what would be moved, and move nothing.")
    private boolean isDryRun;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Finds the new replicas of the partitions that change. */
    interface Planning {
        Map<TopicPartition, List<Integer>> of(ReplicaPlan plan, int node);
    }

    /** What would be moved, as it is printed in JSON. Immutable. */
    record Planned(String topic, int partition, List<Integer> replicas) {}

    /** What was begun, as it is printed in JSON. Immutable. */
    record Begun(int moves, int left) {}

    /**
     * Waits until the node is a member of the cluster and serves clients.
     *
     * @throws CommandFailedException when it is not in time
     */
    void awaitJoined() throws InterruptedException {
        Duration limit = Duration.ofSeconds(Math.max(waitSeconds, JOIN_SECONDS));
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        try (Admin admin = bootstrap.kafkaAdmin();
                Progress progress = new Progress()) {
            ClusterNodes nodes = new ClusterNodes(admin);
            progress.begin("waiting for node " + node, 1, "", 1);
            while (!nodes.ids().contains(node) || !nodes.up().contains(node)) {
                if (System.nanoTime() > deadlineNanos) {
                    throw new CommandFailedException("node " + node + " is none of the nodes that are up, " + nodes.up()
                            + ", after " + limit.toSeconds() + " s; start it with itself and one of the others in"
                            + " cluster.nodes at least, and look at what it says");
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        }
    }

    /**
     * Begins the moves of a plan.
     *
     * @param plan of the moves to make for a node
     * @return the exit code: 0 when there is nothing left to wait for, or nobody waits
     */
    int carryOut(Planning plan) throws InterruptedException {
        Set<Integer> nodes = new ClusterSurvey(bootstrap).nodesWith(node);
        try (Admin admin = bootstrap.kafkaAdmin()) {
            Reassignments moves = new Reassignments(admin);
            Map<TopicPartition, List<Integer>> targets = plan.of(new ReplicaPlan(moves.targets(), nodes), node);
            PrintWriter out = spec.commandLine().getOut();
            if (isDryRun) {
                show(targets, out);
                return 0;
            }
            if (!targets.isEmpty()) {
                moves.begin(targets);
            }
            int left = await(moves, targets.keySet());
            if (output.isJson()) {
                out.println(OutputOption.json(new Begun(targets.size(), left)));
            } else if (targets.isEmpty()) {
                out.println("nothing to move");
            } else if (left == 0) {
                out.println(targets.size() + " partitions are moved");
            } else {
                out.println(left + " of " + targets.size()
                        + " partitions are on their way; see: oarlog node moves, and to take them back: oarlog node moves"
                        + " --cancel");
            }
            return left == 0 || waitSeconds == 0 ? 0 : 1;
        }
    }

    private void show(Map<TopicPartition, List<Integer>> targets, PrintWriter out) {
        if (output.isJson()) {
            out.println(OutputOption.json(targets.entrySet().stream()
                    .map(target ->
                            new Planned(target.getKey().topic(), target.getKey().partition(), target.getValue()))
                    .toList()));
        } else {
            targets.forEach((partition, replicas) -> out.println(partition + " -> " + replicas));
        }
    }

    /** @return how many are not moved yet */
    private int await(Reassignments moves, Set<TopicPartition> wanted) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
        int left = wanted.size();
        try (Progress progress = new Progress()) {
            progress.begin("moving", -1, " MiB", MIB);
            MoveProgress bytes = new MoveProgress();
            while (left > 0 && System.nanoTime() < deadlineNanos) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                Map<TopicPartition, PartitionReassignment> underWay = moves.underWay();
                underWay.keySet().retainAll(wanted);
                left = underWay.size();
                Copied copied = bytes.with(moves.copied(underWay));
                progress.reach(copied.bytes(), copied.of(), left + " of " + wanted.size() + " partitions left");
            }
        }
        return left;
    }
}
