package io.oarlog.server.cli.cluster;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Has all replicas of a node moved to others. */
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        description = {
            "Move all replicas of a node to the others, evenly, while clients go on.",
            "Its last replica goes when the new ones have all records. The node stays in the cluster, and carries the"
                    + " metadata if it did."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:moved, or begun without --wait", "1:not moved in time, or not possible", "2:wrong usage"},
        footer = {"", "Example: oarlog node drain 1 --wait 3600", "         oarlog node drain 1 --dry-run"})
final class DrainCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private MoveOptions moves;

    @Override
    public Integer call() throws InterruptedException {
        return moves.carryOut(ReplicaPlan::without);
    }
}
