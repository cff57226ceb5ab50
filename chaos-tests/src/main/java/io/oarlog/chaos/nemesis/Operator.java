package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.OperatedCluster;
import io.oarlog.chaos.cluster.OperatorCommand;
import io.oarlog.chaos.cluster.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Gives one command after the other, with a pause between them. Confined to the nemesis's thread. */
final class Operator implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(3);

    private final OperatedCluster cluster;
    private final LongSupplier nanoTime;
    private @Nullable OperatorCommand command;
    private long answeredNanos;

    Operator(OperatedCluster cluster, LongSupplier nanoTime) {
        this.cluster = cluster;
        this.nanoTime = nanoTime;
        this.answeredNanos = nanoTime.getAsLong();
    }

    /** How a command ended that was given before, else empty; to be called with the same one until then. */
    Optional<Tool.Result> order(String... arguments) throws IOException {
        OperatorCommand given = command;
        if (given == null) {
            if (nanoTime.getAsLong() - answeredNanos >= PAUSE.toNanos()) {
                command = cluster.operate(List.of(arguments));
            }
            return Optional.empty();
        }
        Optional<Tool.Result> result = given.result();
        if (result.isPresent()) {
            close();
            answeredNanos = nanoTime.getAsLong();
        }
        return result;
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        if (command != null) {
            command.close();
            command = null;
        }
    }
}
