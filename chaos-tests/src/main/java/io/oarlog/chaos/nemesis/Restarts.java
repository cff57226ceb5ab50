package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts the node of an errand again when it ends by itself, so many times at most. With another fault beside it since its last
 * start that explains itself; else it is a finding. Confined to the nemesis's thread.
 */
final class Restarts {
    private static final int MAX = 10;

    private final OperatedCluster cluster;
    private final int node;
    private final String stage;
    private final Consumer<String> notes;
    private int ends;
    private boolean isDisturbed;
    private @Nullable String failure;

    /**
     * @param stage in which it may not end, as "before it was removed"
     * @param notes is told of each end
     */
    Restarts(OperatedCluster cluster, int node, String stage, Consumer<String> notes) {
        this.cluster = cluster;
        this.node = node;
        this.stage = stage;
        this.notes = notes;
    }

    /** @param isBroken whether a fault is open beside the errand's own */
    void look(boolean isBroken) {
        isDisturbed |= isBroken;
    }

    /** Whether a fault was open since the last start. */
    boolean isDisturbed() {
        return isDisturbed;
    }

    void start(boolean isBroken) throws IOException {
        isDisturbed = isBroken;
        cluster.start(node);
    }

    /** Starts it if it has ended by itself. */
    void startIfEnded(boolean isBroken) throws IOException {
        if (ends > MAX || cluster.isRunning(node) || cluster.isEnded(node)) {
            return;
        }
        ends++;
        String text = "node " + node + " has ended by itself " + stage;
        notes.accept(text);
        if (ends > MAX) {
            failure = text + " " + ends + " times and is not started any more; see node-" + node + "/broker.log";
            return;
        }
        if (!isDisturbed) {
            failure = text + ", with nothing else broken; see node-" + node + "/broker.log";
        }
        start(isBroken);
    }

    /** What went wrong; empty: nothing so far. */
    Optional<String> failure() {
        return Optional.ofNullable(failure);
    }
}
