package io.oarlog.metadata.tree;

import java.util.Random;

/** What tests of a tree need again and again. */
public final class Trees {
    /** A node's stream of commands. */
    public static final Origin ORIGIN = new Origin(1, 0x0a);

    public static final SessionPassword PASSWORD = SessionPassword.random(new Random(1));

    private Trees() {}

    public static ZnodeCommand.CreateSession session(long sessionId) {
        return new ZnodeCommand.CreateSession(sessionId, PASSWORD, 6_000);
    }
}
