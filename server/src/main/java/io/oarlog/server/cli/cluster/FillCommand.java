package io.oarlog.server.cli.cluster;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Gives a node its share of the replicas. */
@Command(
        name = "fill",
        mixinStandardHelpOptions = true,
        description = {
            "Move replicas of the other nodes to a node that has fewer, until it has its share of replicas and leaders, while"
                    + " clients go on.",
            "For a node that was drained and is back."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:moved, or begun without --wait", "1:not moved in time, or not possible", "2:wrong usage"},
        footer = {"", "Example: oarlog node fill 1 --wait 3600", "         oarlog node fill 1 --dry-run"})
final class FillCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private MoveOptions moves;

    @Override
    public Integer call() throws InterruptedException {
        return moves.carryOut(ReplicaPlan::sharedWith);
    }
}
