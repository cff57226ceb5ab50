package io.oarlog.raft;

import java.io.IOException;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the division of a group in this process's Raft server. */
final class RaftDivisions {
    private static final Logger LOG = LoggerFactory.getLogger(RaftDivisions.class);

    private RaftDivisions() {}

    /**
     * How a member of the group is named that runs on a node.
     *
     * @throws IllegalStateException when none does
     */
    static RaftPeerId peerOf(RaftServer.Division division, int node) {
        return division.getRaftConf().getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .filter(peer -> PeerIds.nodeOf(peer) == node)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no member of the group is on node " + node));
    }

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
