package io.oarlog.raft;

import java.io.IOException;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the division of a group in this process's Raft server. */
final class RaftDivisions {
    private static final Logger LOG = LoggerFactory.getLogger(RaftDivisions.class);

    private RaftDivisions() {}

    /** The division, or null when the server does not host the group (any more). */
    static RaftServer.@Nullable Division find(RaftServer server, RaftGroupId group) {
        try {
            return server.getDivision(group);
        } catch (GroupMismatchException e) {
            return null;
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("group", group).setCause(e).log("group cannot be reached");
            return null;
        }
    }
}
