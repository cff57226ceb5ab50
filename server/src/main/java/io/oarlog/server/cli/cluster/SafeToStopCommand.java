package io.oarlog.server.cli.cluster;

import io.oarlog.client.OarlogException;
import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.OutputOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says whether a node may be stopped. */
@Command(
        name = "safe-to-stop",
        mixinStandardHelpOptions = true,
        description = {
            "Say whether a node can be stopped with everything going on without it: each of its partitions would keep a"
                    + " majority of replicas in sync, and the metadata a majority of nodes.",
            "Between two steps of a rolling restart, with --wait: it returns as soon as the next node may go."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:safe", "1:not safe, or no broker answered", "2:wrong usage"},
        footer = {
            "",
            "Example: oarlog node safe-to-stop 2 --wait 300 && systemctl restart oarlog",
            "         oarlog node safe-to-stop 2 -o json | jq -r '.reasons[]'"
        })
final class SafeToStopCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 500;

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
            description = "Look again and again, for so long at most, until it is safe. Default: ${DEFAULT-VALUE}.")
    private int waitSeconds;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        long deadlineNanos = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
        StopCheck check = look(deadlineNanos);
        while (!check.safe() && System.nanoTime() < deadlineNanos) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            check = look(deadlineNanos);
        }
        spec.commandLine().getOut().println(output.isJson() ? OutputOption.json(check) : check.verdict());
        return check.safe() ? 0 : 1;
    }

    /** @throws RuntimeException when no broker answers and there is no time left */
    private StopCheck look(long deadlineNanos) throws InterruptedException {
        while (true) {
            try {
                ClusterSurvey survey = new ClusterSurvey(bootstrap);
                Set<Integer> nodes = survey.nodesWith(node);
                return StopCheck.of(survey.ask(), node, nodes.size());
            } catch (KafkaException | OarlogException e) {
                // The one that was restarted last may be the one that is asked.
                if (System.nanoTime() >= deadlineNanos) {
                    throw e;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }
}
