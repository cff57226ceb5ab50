package io.oarlog.metadata;

import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.concurrent.CompletableFuture;

/** The replicated tree at this node. Thread-safe. */
final class LocalTree implements ReplicatedTree {
    private final MetadataStateMachine machine;
    private final CommandStream stream;
    private final SessionReports reports;

    LocalTree(MetadataStateMachine machine, CommandStream stream, SessionReports reports) {
        this.machine = machine;
        this.stream = stream;
        this.reports = reports;
    }

    @Override
    public ZnodeTree tree() {
        return machine.tree();
    }

    @Override
    public void addListener(TreeListener listener) {
        machine.addListener(listener);
    }

    @Override
    public CompletableFuture<CommandOutcome> submit(ZnodeCommand command) {
        return stream.submit(command);
    }

    @Override
    public void heard(long sessionId) {
        reports.heard(sessionId);
    }
}
