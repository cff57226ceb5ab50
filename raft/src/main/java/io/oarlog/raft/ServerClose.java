package io.oarlog.raft;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a Raft server, and does not wait for its channels to other nodes. Ratis gives them three seconds to come to their end by
 * themselves, and they do not: a heartbeat that failed, as all do while a peer is being started, and an error of an appender leave
 * streams that nobody ends any more. Used once.
 */
final class ServerClose {
    private static final Logger LOG = LoggerFactory.getLogger(ServerClose.class);
    private static final long LOOK_MILLIS = 10;

    private final RaftServer server;
    private final RaftAddress address;

    ServerClose(RaftServer server, RaftAddress address) {
        this.server = server;
        this.address = address;
    }

    /** Returns when all groups are closed and the address is free; what is left of it ends some seconds later. */
    void run() {
        List<RaftServer.Division> divisions = divisions();
        Thread closing = new Thread(this::close, "close-raft-" + server.getId());
        closing.setDaemon(true);
        closing.start();
        try {
            // Ratis closes its groups and its port beside each other, and the channels last.
            while (closing.isAlive() && !(areClosed(divisions) && isFree())) {
                closing.join(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<RaftServer.Division> divisions() {
        List<RaftServer.Division> divisions = new ArrayList<>();
        for (RaftGroupId group : server.getGroupIds()) {
            RaftServer.Division division = RaftDivisions.find(server, group);
            if (division != null) {
                divisions.add(division);
            }
        }
        return divisions;
    }

    private void close() {
        try {
            server.close();
        } catch (IOException | RuntimeException e) {
            LOG.atWarn().setCause(e).log("closing the Raft server failed");
        }
    }

    private static boolean areClosed(List<RaftServer.Division> divisions) {
        return divisions.stream()
                .allMatch(division -> division.getInfo().getLifeCycleState() == LifeCycle.State.CLOSED);
    }

    private boolean isFree() {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address.host(), address.port()));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
