package io.oarlog.server.cli.cluster;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Gives a new node its share of the replicas. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        description = {
            "Wait until a node that was started is a member of the cluster, then move replicas to it until it has its share"
                    + " of replicas and leaders, while clients go on.",
            "A node joins by itself when it is started with an id of its own, an empty data directory, and the other nodes"
                    + " and itself in cluster.nodes. The others need not be told."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:moved, or begun without --wait", "1:not there or not moved in time", "2:wrong usage"},
        footer = {"", "Example: oarlog node add 4 --wait 3600"})
final class NodeAddCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private MoveOptions moves;

    @Override
    public Integer call() throws InterruptedException {
        moves.awaitJoined();
        return moves.carryOut(ReplicaPlan::sharedWith);
    }
}
