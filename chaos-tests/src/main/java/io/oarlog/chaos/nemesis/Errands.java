package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import io.oarlog.chaos.cluster.OperatorCommand;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The errand of the operator, one at a time. While one is under way some replicas are missing or move: no other node may lose its
 * disk, and what breaks beside it is not of a minority. Confined to the nemesis's thread.
 */
final class Errands {
    private static final Duration QUESTION_LIMIT = Duration.ofSeconds(30);

    private final OperatedCluster cluster;
    private final Consumer<String> notes;
    private final List<String> failures = new ArrayList<>();
    private @Nullable Errand current;

    /** @param notes is told what may be worth to be known */
    Errands(OperatedCluster cluster, Consumer<String> notes) {
        this.cluster = cluster;
        this.notes = notes;
    }

    /** Why none may begin now; asks the cluster for that, and waits for the answer. */
    Optional<String> hindrance() throws IOException, InterruptedException {
        if (current != null) {
            return Optional.of(current.progress());
        }
        try (OperatorCommand question = cluster.operate(ClusterHealth.QUESTION)) {
            return ClusterHealth.lack(question.await(QUESTION_LIMIT), cluster.size());
        }
    }

    /** Begins the errand of a fault that has just been made. */
    void begin(FaultKind kind, int node) {
        current = switch (kind) {
            case WIPE -> new Rejoin(cluster, node, System::nanoTime, notes);
            case ADD_REMOVE -> new Guest(cluster, node, System::nanoTime, notes);
            default -> throw new IllegalArgumentException(kind + " takes no operator");
        };
    }

    boolean isUnderWay() {
        return current != null;
    }

    /** Whether one is under way whose fault is not mended. */
    boolean isMissing() {
        return current != null && !current.isMended();
    }

    boolean holdsDown(int node) {
        return current != null && current.node() == node && current.isHeldDown();
    }

    boolean explainsEndOf(int node) {
        return current != null && current.node() == node && current.mayEnd();
    }

    /** The fault of the one that is under way is to be mended. */
    void release() {
        if (current != null) {
            current.release();
        }
    }

    /** Goes on; see {@link Errand#look}. */
    void look(boolean isBroken) throws IOException, InterruptedException {
        if (current != null) {
            current.look(isBroken);
            if (current.isDone()) {
                end(current);
            }
        }
    }

    /** Ends the one that is under way, with nothing broken any more and after a time in which it could have been done. */
    void giveUp(Duration after) {
        if (current != null) {
            if (!current.isMended()) {
                failures.add(current.progress() + ", " + after.toSeconds()
                        + " s after everything else was mended; see node-" + current.node() + "/broker.log");
            }
            end(current);
        }
    }

    private void end(Errand ending) {
        ending.failure().ifPresent(failures::add);
        ending.close();
        current = null;
    }

    /** What went wrong, of all that have ended. */
    List<String> failures() {
        return List.copyOf(failures);
    }
}
