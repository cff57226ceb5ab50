package io.oarlog.raft;

import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Names of nodes as Raft has them. The nodes that a cluster begins with are named by their ids, {@code 2}; one that comes later,
 * or comes back with an empty disk, has a name that never was, {@code 2.8f14e45fceea167a}: it must not be taken for the one that
 * has voted and acknowledged before (KIP-853 names voters by id and directory for the same reason).
 */
final class PeerIds {
    static final int MAX_LENGTH = 32;

    private static final char SEPARATOR = '.';
    private static final int INCARNATION_BYTES = 8;

    private PeerIds() {}

    /** A node that the cluster began with. */
    static RaftPeerId of(int nodeId) {
        return RaftPeerId.valueOf(Integer.toString(nodeId));
    }

    /** A node that nobody has heard of before. */
    static RaftPeerId unheardOf(int nodeId, SecureRandom random) {
        byte[] incarnation = new byte[INCARNATION_BYTES];
        random.nextBytes(incarnation);
        return RaftPeerId.valueOf(
                Integer.toString(nodeId) + SEPARATOR + HexFormat.of().formatHex(incarnation));
    }

    /** 0 of a node that the cluster began with. */
    static long incarnationOf(RaftPeerId peer) {
        String name = peer.toString();
        int end = name.indexOf(SEPARATOR);
        return end < 0 ? 0 : Long.parseUnsignedLong(name.substring(end + 1), 16);
    }

    static int nodeOf(RaftPeerId peer) {
        String name = peer.toString();
        int end = name.indexOf(SEPARATOR);
        return Integer.parseInt(end < 0 ? name : name.substring(0, end));
    }
}
