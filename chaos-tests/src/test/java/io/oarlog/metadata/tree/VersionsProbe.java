package io.oarlog.metadata.tree;

import io.oarlog.chaos.mutant.Probe;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/** What becomes of changes of a znode of version 2 that expect other versions. */
public final class VersionsProbe implements Probe {
    private static final Origin ORIGIN = new Origin(1, 1);
    private static final long SESSION = 5;

    private ZnodeTree tree = ZnodeTree.empty();

    @Override
    public String observe(Path directory) {
        apply(new ZnodeCommand.CreateSession(SESSION, SessionPassword.random(RandomGenerator.getDefault()), 10_000));
        apply(new ZnodeCommand.Create("/r", ZnodeData.EMPTY, Acl.OPEN, CreateMode.PERSISTENT, 0));
        apply(byClient(0));
        apply(byClient(1));
        return "broker expects 1: " + outcome(set(1)) + ", client expects 0: " + outcome(byClient(0))
                + ", client expects 1: " + outcome(byClient(1));
    }

    private static ZnodeCommand.SetData set(int expectedVersion) {
        return new ZnodeCommand.SetData("/r", ZnodeData.EMPTY, expectedVersion);
    }

    private static ZnodeCommand byClient(int expectedVersion) {
        return new ZnodeCommand.ClientRequest(SESSION, List.of(), set(expectedVersion));
    }

    private String outcome(ZnodeCommand command) {
        return apply(command).failure().map(ZnodeError::name).orElse("done");
    }

    private ZnodeResult apply(ZnodeCommand command) {
        ZnodeTree.Applied applied = tree.apply(ORIGIN, new TimedCommand(0, command));
        tree = applied.tree();
        return applied.result();
    }
}
