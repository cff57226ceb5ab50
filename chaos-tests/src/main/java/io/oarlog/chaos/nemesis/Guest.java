package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import io.oarlog.chaos.cluster.Tool;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One more node for some time: it has been started with an empty disk, and goes again. Confined to the nemesis's thread.
 *
 * <pre>
 * joining     it comes by itself, {@code oarlog node add} gives it its share of the replicas
 * settled     until it is released
 * draining    {@code oarlog node drain}
 * removing    {@code oarlog node remove}, until {@code oarlog node list} does not have it any more
 * leaving     its process ends by itself, and its disk is emptied for the next one
 * gone
 * </pre>
 *
 * <p>What the cluster refuses, or does not get done, is tried again.
 */
final class Guest implements Errand {
    private static final String WAIT_SECONDS = "120";

    private final OperatedCluster cluster;
    private final int node;
    private final Operator operator;
    private final Consumer<String> notes;
    private final Restarts restarts;
    private Stage stage = Stage.JOINING;
    private boolean isReleased;
    private boolean isListed = true;
    private String lastWord = "";

    private enum Stage {
        JOINING,
        SETTLED,
        DRAINING,
        REMOVING,
        LEAVING,
        GONE
    }

    /**
     * The node has just been started.
     *
     * @param notes is told what may be worth to be known
     */
    Guest(OperatedCluster cluster, int node, LongSupplier nanoTime, Consumer<String> notes) {
        this.cluster = cluster;
        this.node = node;
        this.operator = new Operator(cluster, nanoTime);
        this.notes = notes;
        this.restarts = new Restarts(cluster, node, "before it was removed", notes);
    }

    @Override
    public int node() {
        return node;
    }

    @Override
    public void release() {
        isReleased = true;
    }

    @Override
    public boolean isHeldDown() {
        return false;
    }

    /** As of a {@link Rejoin}: it has an empty disk as well. */
    @Override
    public boolean mayEnd() {
        return restarts.isDisturbed();
    }

    @Override
    public boolean isMended() {
        return isDone();
    }

    @Override
    public boolean isDone() {
        return stage == Stage.GONE;
    }

    @Override
    public Optional<String> failure() {
        return restarts.failure();
    }

    @Override
    public String progress() {
        return "node " + node + " is "
                + switch (stage) {
                    case JOINING -> "about to get its share of the replicas";
                    case SETTLED -> "there with its share of the replicas";
                    case DRAINING -> "about to be drained";
                    case REMOVING -> "about to be removed";
                    case LEAVING -> "removed, and has not ended";
                    case GONE -> "gone";
                }
                + (lastWord.isEmpty() ? "" : " (" + lastWord + ")");
    }

    @Override
    public void look(boolean isBroken) throws IOException, InterruptedException {
        restarts.look(isBroken);
        if (stage.compareTo(Stage.REMOVING) < 0) {
            restarts.startIfEnded(isBroken);
        }
        switch (stage) {
            case JOINING -> step("add", Stage.SETTLED);
            case SETTLED -> {
                if (isReleased) {
                    stage = Stage.DRAINING;
                }
            }
            case DRAINING -> step("drain", Stage.REMOVING);
            case REMOVING -> remove();
            case LEAVING -> {
                if (!cluster.isRunning(node)) {
                    cluster.wipe(node);
                    stage = Stage.GONE;
                }
            }
            case GONE -> {}
        }
    }

    /** Adds or drains. */
    private void step(String word, Stage next) throws IOException {
        Optional<Tool.Result> result = operator.order("node", word, Integer.toString(node), "--wait", WAIT_SECONDS);
        if (result.isEmpty()) {
            return;
        }
        lastWord = ClusterHealth.lastLine(result.get().output());
        if (result.get().status() == 0) {
            notes.accept("node " + node + ": " + word + ": " + lastWord);
            stage = next;
            lastWord = "";
        }
    }

    /** An answer to the removal may not arrive: what counts is whether the node is listed. */
    private void remove() throws IOException {
        if (isListed) {
            Optional<Tool.Result> result = operator.order("node", "remove", Integer.toString(node));
            if (result.isPresent()) {
                lastWord = ClusterHealth.lastLine(result.get().output());
                isListed = false;
            }
            return;
        }
        Optional<Tool.Result> result = operator.order("node", "list", "-o", "json");
        if (result.isPresent()) {
            isListed = ClusterHealth.listed(result.get()) != cluster.size();
            stage = isListed ? stage : Stage.LEAVING;
        }
    }

    @Override
    public void close() {
        operator.close();
    }
}
