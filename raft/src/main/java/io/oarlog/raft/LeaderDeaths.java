package io.oarlog.raft;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds nodes whose process has ended, sooner than their silence is noticed. When a connection to this node ends, it looks which of
 * the other nodes refuse connections at their address: there nobody listens, though the machine answers. Of a node whose machine is
 * silent nothing is known, and the election timeout decides.
 */
final class LeaderDeaths {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderDeaths.class);
    private static final int CONNECT_MILLIS = 200;
    /**
     * After a connection has ended; a process may close what it listens at later than its connections, and others may end meanwhile.
     * There is one such series at a time.
     */
    private static final long[] LOOKS_AFTER_MILLIS = {2, 30, 100, 200, 400, 700};

    private static final long SERIES_MILLIS = 1_000;

    private final Supplier<Map<RaftPeerId, Set<RaftAddress>>> others;
    private final Consumer<Set<RaftPeerId>> onDeaths;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean isSeriesUnderWay = new AtomicBoolean();

    /**
     * Of one node.
     *
     * @param others the other nodes, with all addresses at which one may be
     * @param onDeaths is told of those whose process has ended, again after other connections have ended
     * @param thread waits for connections to other nodes; not shut down here
     */
    LeaderDeaths(
            Supplier<Map<RaftPeerId, Set<RaftAddress>>> others,
            Consumer<Set<RaftPeerId>> onDeaths,
            ScheduledExecutorService thread) {
        this.others = others;
        this.onDeaths = onDeaths;
        this.thread = thread;
    }

    /** A connection to this node has ended. Returns at once. */
    void onConnectionEnd() {
        if (isSeriesUnderWay.compareAndSet(false, true)) {
            try {
                for (long millis : LOOKS_AFTER_MILLIS) {
                    var unused = thread.schedule(this::look, millis, TimeUnit.MILLISECONDS);
                }
                var unused = thread.schedule(this::lookLast, SERIES_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("the node stops");
            }
        }
    }

    private void lookLast() {
        isSeriesUnderWay.set(false);
        look();
    }

    private void look() {
        try {
            Set<RaftPeerId> dead = others.get().entrySet().stream()
                    .filter(other -> other.getValue().stream().allMatch(LeaderDeaths::refusesConnections))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            if (!dead.isEmpty()) {
                onDeaths.accept(dead);
            }
        } catch (RuntimeException e) {
            // The timeouts decide then; a defect must not end the looks.
            LOG.atWarn().setCause(e).log("could not look which nodes have ended");
        }
    }

    private static boolean refusesConnections(RaftAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
