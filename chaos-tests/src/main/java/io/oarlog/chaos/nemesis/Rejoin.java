package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import io.oarlog.chaos.cluster.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A wiped node on its way back, as an operator brings one back. Confined to the nemesis's thread.
 *
 * <pre>
 * given up    by {@code oarlog node replace}, which is tried again while the cluster refuses it; never with --accept-loss
 * started     on the empty disk, once it is given up and {@link #release released}; again when it ends by itself
 * serving     clients; its replicas may still be copied to it
 * back        the cluster has been healthy for some time
 * </pre>
 *
 * <p>Until it is back no other node may lose what it has. Healthy is not enough: for a moment the group of a partition counts the
 * lost disk beside the new one.
 */
final class Rejoin implements Errand {
    private static final Duration HEALTHY = Duration.ofSeconds(10);

    private final OperatedCluster cluster;
    private final int node;
    private final LongSupplier nanoTime;
    private final Operator operator;
    private final Consumer<String> notes;
    private final Restarts restarts;
    private Stage stage = Stage.LOST;
    private @Nullable Long healthySinceNanos;
    private boolean isReleased;
    private String lastWord = "";

    private enum Stage {
        LOST,
        GIVEN_UP,
        STARTED,
        SERVING,
        BACK
    }

    /**
     * The node has just been wiped; nothing is done yet.
     *
     * @param notes is told what may be worth to be known
     */
    Rejoin(OperatedCluster cluster, int node, LongSupplier nanoTime, Consumer<String> notes) {
        this.cluster = cluster;
        this.node = node;
        this.nanoTime = nanoTime;
        this.notes = notes;
        this.operator = new Operator(cluster, nanoTime);
        this.restarts = new Restarts(cluster, node, "before it was back with an empty disk", notes);
    }

    @Override
    public int node() {
        return node;
    }

    @Override
    public void release() {
        isReleased = true;
    }

    /** To the cluster it may be its lost disk still. */
    @Override
    public boolean isHeldDown() {
        return stage == Stage.LOST || stage == Stage.GIVEN_UP;
    }

    /** It serves; its replicas may be on their way. */
    @Override
    public boolean isMended() {
        return stage == Stage.SERVING || stage == Stage.BACK;
    }

    @Override
    public boolean isDone() {
        return stage == Stage.BACK;
    }

    /** A node with an empty disk that hears of no other node, or hears of them too late, has to be started again, and says so. */
    @Override
    public boolean mayEnd() {
        return stage == Stage.STARTED && restarts.isDisturbed();
    }

    @Override
    public Optional<String> failure() {
        return restarts.failure();
    }

    @Override
    public String progress() {
        return "node " + node + " is "
                + switch (stage) {
                    case LOST -> "not given up" + (lastWord.isEmpty() ? "" : " (" + lastWord + ")");
                    case GIVEN_UP -> "given up, not started";
                    case STARTED -> "started with an empty disk, and does not serve";
                    case SERVING -> "not back with all replicas" + (lastWord.isEmpty() ? "" : " (" + lastWord + ")");
                    case BACK -> "back";
                };
    }

    @Override
    public void look(boolean isBroken) throws IOException {
        restarts.look(isBroken);
        switch (stage) {
            case LOST -> giveUp();
            case GIVEN_UP -> {
                if (isReleased) {
                    start(isBroken);
                }
            }
            case STARTED -> lookAtStart(isBroken);
            case SERVING -> lookAtHealth();
            case BACK -> {}
        }
    }

    private void giveUp() throws IOException {
        Optional<Tool.Result> result = operator.order("node", "replace", Integer.toString(node));
        if (result.isEmpty()) {
            return;
        }
        lastWord = ClusterHealth.lastLine(result.get().output());
        if (result.get().status() == 0) {
            stage = Stage.GIVEN_UP;
            notes.accept("the disk of node " + node + " is given up");
        }
    }

    private void start(boolean isBroken) throws IOException {
        restarts.start(isBroken);
        stage = Stage.STARTED;
    }

    private void lookAtStart(boolean isBroken) throws IOException {
        restarts.startIfEnded(isBroken);
        if (cluster.isServing(node)) {
            stage = Stage.SERVING;
            lastWord = "";
        }
    }

    private void lookAtHealth() throws IOException {
        Optional<Tool.Result> result = operator.order(ClusterHealth.QUESTION.toArray(new String[0]));
        if (result.isEmpty()) {
            return;
        }
        Optional<String> lack = ClusterHealth.lack(result.get(), cluster.size());
        lastWord = lack.orElse("");
        Long since = healthySinceNanos;
        if (lack.isPresent()) {
            healthySinceNanos = null;
        } else if (since == null) {
            healthySinceNanos = nanoTime.getAsLong();
        } else if (nanoTime.getAsLong() - since >= HEALTHY.toNanos()) {
            stage = Stage.BACK;
            notes.accept("node " + node + " is back with all replicas");
        }
    }

    @Override
    public void close() {
        operator.close();
    }
}
