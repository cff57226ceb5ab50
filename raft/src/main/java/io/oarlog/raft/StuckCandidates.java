package io.oarlog.raft;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds replicas that stand for election and do nothing more: Ratis ends the election when it cannot write the term, as on a
 * full disk, and does not begin another. They are started anew when the disk has room. Looks in intervals, on the timer's
 * thread.
 */
final class StuckCandidates {
    private static final Logger LOG = LoggerFactory.getLogger(StuckCandidates.class);
    private static final long LOOK_MILLIS = 500;
    /** Several elections. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final RaftServer server;
    private final BooleanSupplier hasRoom;
    private final Function<RaftGroupId, CompletableFuture<Void>> restart;
    /** Since when a group's replica is one, by what was seen. */
    private final Map<RaftGroupId, Long> sinceNanos = new ConcurrentHashMap<>();

    /**
     * Of one node.
     *
     * @param hasRoom whether its disk takes a term
     * @param restart starts a group's replica anew; returns at once
     */
    StuckCandidates(
            RaftServer server, BooleanSupplier hasRoom, Function<RaftGroupId, CompletableFuture<Void>> restart) {
        this.server = server;
        this.hasRoom = hasRoom;
        this.restart = restart;
    }

    /** @param groups that are hosted */
    void lookOnInterval(ScheduledExecutorService timer, Supplier<Iterable<RaftGroupId>> groups) {
        var unused = timer.scheduleWithFixedDelay(
                () -> groups.get().forEach(this::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look(RaftGroupId group) {
        try {
            RaftServer.Division division = RaftDivisions.find(server, group);
            if (division == null || !isCandidateOfUnwrittenTerm(division)) {
                sinceNanos.remove(group);
                return;
            }
            long now = System.nanoTime();
            long since = sinceNanos.computeIfAbsent(group, absent -> now);
            if (now - since > PATIENCE.toNanos() && hasRoom.getAsBoolean()) {
                sinceNanos.remove(group);
                LOG.atWarn()
                        .addKeyValue("group", division.getMemberId())
                        .log("a replica could not write the term in which it stood for election; it is started anew");
                var unused = restart.apply(group);
            }
        } catch (IOException | RuntimeException e) {
            // It is being closed; or a defect, which must not end the looks.
            LOG.atDebug().addKeyValue("group", group).setCause(e).log("a group could not be looked at");
        }
    }

    private static boolean isCandidateOfUnwrittenTerm(RaftServer.Division division) throws IOException {
        // One that is closed keeps its role; it may be fenced.
        return division.getInfo().isAlive()
                && division.getInfo().getCurrentRole() == RaftPeerRole.CANDIDATE
                && division.getRaftStorage().getMetadataFile().getMetadata().getTerm()
                        < division.getInfo().getCurrentTerm();
    }
}
