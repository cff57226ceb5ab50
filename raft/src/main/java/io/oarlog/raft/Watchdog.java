package io.oarlog.raft;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.raft.ReplicaLook.Follower;
import io.oarlog.raft.ReplicaLook.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Finds replicas of this node that do not go on, leaves {@link Evidence} and starts them anew, each alone and within the
 * bounds of {@link Escalation}.
 *
 * <pre>
 * division not running       started anew; the metadata's ends the node
 * follower takes nothing     its leader sends anew what it misses
 *   for twice as long        it starts itself anew: it hears of commits that it does not apply
 * at its disk, or closing    nothing but to tell
 * </pre>
 *
 * <p>Looks in intervals, on the timer's thread, which waits for nothing; what waits for the disk is done on the pool.
 */
final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    /** Those that never end take a thread each. */
    private static final int MAX_UNDER_WAY = 2;

    /** What is watched, and what can be done to it. */
    interface Replicas {
        /** All that are hosted. */
        List<ReplicaLook> look();

        /**
         * Closes a replica and opens it anew, unless it is fenced.
         *
         * @return completes when it is done, or could not be
         */
        CompletableFuture<Void> restart(RaftGroupId group);

        /** Has a follower sent anew what it misses. Returns at once. */
        void sendAnew(RaftGroupId group, RaftPeerId follower);
    }

    private record Link(RaftGroupId group, RaftPeerId follower) {}

    /** Where a follower of this leader's is; to look for where the logs part is to go on. */
    private record Place(long term, long matchIndex, long lowestNextIndex) {
        Place at(long newTerm, Follower follower) {
            boolean isSame = term == newTerm && matchIndex == follower.matchIndex();
            return new Place(
                    newTerm,
                    follower.matchIndex(),
                    isSame ? Math.min(lowestNextIndex, follower.nextIndex()) : follower.nextIndex());
        }
    }

    private final Replicas replicas;
    private final Evidence evidence;
    private final RaftMetrics metrics;
    private final Patience patience;
    private final LongSupplier nanoClock;
    private final Executor pool;

    // Confined to the timer's thread.
    private final Map<RaftGroupId, Escalation> ofReplicas = new HashMap<>();
    private final Map<Link, Escalation> ofLinks = new HashMap<>();
    private final Map<Link, Place> places = new HashMap<>();
    private final Map<RaftGroupId, Long> beganNanos = new HashMap<>();

    /** Restarts that have not ended yet. */
    private final Set<RaftGroupId> underWay = ConcurrentHashMap.newKeySet();

    private volatile Set<PartitionId> leftAlone = Set.of();

    /**
     * Of one node.
     *
     * @param pool for what waits for this node's disk
     */
    Watchdog(
            Replicas replicas,
            Evidence evidence,
            RaftMetrics metrics,
            Patience patience,
            LongSupplier nanoClock,
            Executor pool) {
        this.replicas = replicas;
        this.evidence = evidence;
        this.metrics = metrics;
        this.patience = patience;
        this.nanoClock = nanoClock;
        this.pool = pool;
    }

    /** Of one node. Looks until the node's threads are stopped. */
    static Watchdog start(Replicas replicas, RaftNodeSettings settings, Disk disk, NodeThreads threads) {
        Watchdog watchdog = new Watchdog(
                replicas,
                new Evidence(disk, settings.dataDirectory(), Clock.system()),
                RaftMetrics.shared(),
                new Patience(settings.raft().patience()),
                System::nanoTime,
                threads.read());
        watchdog.lookOnInterval(threads.leadership());
        return watchdog;
    }

    private void lookOnInterval(ScheduledExecutorService timer) {
        long interval = patience.interval().toNanos();
        var unused = timer.scheduleWithFixedDelay(this::lookSafely, interval, interval, TimeUnit.NANOSECONDS);
    }

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) {
            // A defect, which must not end the looks.
            LOG.atWarn().setCause(e).log("replicas could not be looked at");
        }
    }

    void look() {
        long now = nanoClock.getAsLong();
        List<ReplicaLook> looks = replicas.look();
        forgetOthers(looks);
        for (ReplicaLook look : looks) {
            lookAtReplica(look, now);
            for (Follower follower : look.followers()) {
                lookAtFollower(look, follower, now);
            }
        }
        publishLeftAlone(looks);
    }

    /** Replicas that do not go on, for which nothing more is done. */
    Set<PartitionId> leftAlone() {
        return leftAlone;
    }

    private void forgetOthers(List<ReplicaLook> looks) {
        Set<RaftGroupId> groups = new HashSet<>();
        Set<Link> links = new HashSet<>();
        for (ReplicaLook look : looks) {
            groups.add(look.group());
            look.followers().forEach(follower -> links.add(new Link(look.group(), follower.peer())));
        }
        ofReplicas.keySet().retainAll(groups);
        ofLinks.keySet().retainAll(links);
        places.keySet().retainAll(links);
        beganNanos.keySet().retainAll(underWay);
    }

    private void publishLeftAlone(List<ReplicaLook> looks) {
        Set<PartitionId> found = looks.stream()
                .filter(look -> escalation(look.group()).isLeftAlone())
                .flatMap(look -> look.partition().stream())
                .collect(Collectors.toUnmodifiableSet());
        metrics.onLeftAlone(found.size() - leftAlone.size());
        leftAlone = found;
    }

    private Escalation escalation(RaftGroupId group) {
        return ofReplicas.computeIfAbsent(group, unused -> new Escalation(patience, nanoClock.getAsLong()));
    }

    private void lookAtReplica(ReplicaLook look, long now) {
        Escalation escalation = escalation(look.group());
        Long began = beganNanos.get(look.group());
        if (began != null) {
            escalation.onUnknown(now);
            if (now - began > patience.restart().toNanos() && escalation.leaveAlone() == Escalation.Step.LEAVE_ALONE) {
                tellLeftAlone(look, "its restart does not come to its end; restart this process");
            }
            return;
        }
        switch (stepOf(look, escalation, now)) {
            case NONE -> {}
            case RESTART -> restart(look, escalation, now);
            case LEAVE_ALONE -> tellLeftAlone(look, advice(look));
        }
    }

    private Escalation.Step stepOf(ReplicaLook look, Escalation escalation, long now) {
        switch (look.state()) {
            case IN_HAND -> {
                escalation.onUnknown(now);
                return Escalation.Step.NONE;
            }
            case CLOSING -> {
                return escalation.onStuck(look.state(), patience.restart(), false, now);
            }
            case STOPPED -> {
                Duration limit = look.isMetadata() ? patience.ownReplica() : patience.stopped();
                return escalation.onStuck(look.state(), limit, true, now);
            }
            case GONE -> {
                // One that was never there is not this class's: its files could not be opened.
                if (escalation.restarts() > 0) {
                    return escalation.onStuck(look.state(), patience.stopped(), true, now);
                }
            }
            case RUNNING -> {
                if (look.behind() > 0) {
                    Object place =
                            List.of(look.appliedIndex(), look.flushedIndex(), look.lastIndex(), look.askedIndex());
                    return escalation.onStuck(place, patience.ownReplica(), !look.isAtDisk(), now);
                }
            }
        }
        escalation.onWell(now);
        return Escalation.Step.NONE;
    }

    private static String advice(ReplicaLook look) {
        if (look.state() == State.CLOSING) {
            return "its close does not come to its end; restart this process";
        } else if (look.isAtDisk()) {
            return "it waits for its disk, which has to be looked at; it goes on by itself when the disk does";
        }
        return "see the evidence and the lines above, then restart this process, or replace the replica";
    }

    private void restart(ReplicaLook look, Escalation escalation, long now) {
        if (underWay.size() >= MAX_UNDER_WAY) {
            return; // its turn comes
        }
        escalation.onRestart(now);
        metrics.onReplicaRestart();
        underWay.add(look.group());
        beganNanos.put(look.group(), now);
        Duration stood = escalation.stood();
        int attempt = escalation.restarts();
        inPool(
                () -> {
                    log(LOG.atWarn(), look, stood)
                            .addKeyValue("attempt", attempt)
                            .addKeyValue("evidence", leaveEvidence(look, "a replica that does not go on"))
                            .log("a replica does not go on; it is started anew");
                    var unused = replicas.restart(look.group())
                            .whenComplete((done, failure) -> underWay.remove(look.group()));
                },
                () -> underWay.remove(look.group()));
    }

    private void tellLeftAlone(ReplicaLook look, String advice) {
        Duration stood = escalation(look.group()).stood();
        int restarts = escalation(look.group()).restarts();
        inPool(
                () -> log(LOG.atError(), look, stood)
                        .addKeyValue("restarts", restarts)
                        .addKeyValue("evidence", leaveEvidence(look, "a replica that is left alone"))
                        .log("a replica does not go on and is left alone: {}", advice),
                () -> {});
    }

    private void lookAtFollower(ReplicaLook look, Follower follower, long now) {
        Link link = new Link(look.group(), follower.peer());
        Escalation escalation = ofLinks.computeIfAbsent(link, unused -> new Escalation(patience, now));
        Place place =
                places.getOrDefault(link, new Place(-1, -1, Long.MAX_VALUE)).at(look.term(), follower);
        places.put(link, place);
        if (!follower.isExpected()) {
            escalation.onUnknown(now);
            return;
        } else if (follower.missing() == 0) {
            escalation.onWell(now);
            return;
        }
        switch (escalation.onStuck(place, patience.leaders(), true, now)) {
            case NONE -> {}
            case RESTART -> sendAnew(look, follower, escalation, now);
            case LEAVE_ALONE -> tellLeftAlone(look, follower, escalation);
        }
    }

    private void sendAnew(ReplicaLook look, Follower follower, Escalation escalation, long now) {
        escalation.onRestart(now);
        metrics.onSentAnew();
        Duration stood = escalation.stood();
        int attempt = escalation.restarts();
        inPool(
                () -> {
                    log(LOG.atWarn(), look, follower, stood)
                            .addKeyValue("attempt", attempt)
                            .addKeyValue(
                                    "evidence",
                                    leaveEvidence(
                                            look,
                                            "the leader of follower " + follower.peer()
                                                    + ", which answers and takes no entries"))
                            .log("a follower answers and takes no entries; it is sent anew what it misses");
                    replicas.sendAnew(look.group(), follower.peer());
                },
                () -> {});
    }

    private void tellLeftAlone(ReplicaLook look, Follower follower, Escalation escalation) {
        Duration stood = escalation.stood();
        int restarts = escalation.restarts();
        inPool(
                () -> log(LOG.atError(), look, follower, stood)
                        .addKeyValue("restarts", restarts)
                        .log("a follower answers and takes no entries, and is left alone: see what its node logs,"
                                + " then restart that node, or replace the replica"),
                () -> {});
    }

    private void inPool(Runnable task, Runnable onRefused) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            onRefused.run(); // the node stops
        }
    }

    private String leaveEvidence(ReplicaLook look, String what) {
        return evidence.leave(
                look.group().getUuid(),
                what + "\n" + look,
                thread -> thread.getName().contains(look.group().toString()));
    }

    private static LoggingEventBuilder log(LoggingEventBuilder line, ReplicaLook look, Duration stood) {
        return line.addKeyValue("partition", look.name())
                .addKeyValue("role", look.role())
                .addKeyValue("term", look.term())
                .addKeyValue("lifeCycle", look.lifeCycle())
                .addKeyValue("applied", look.appliedIndex())
                .addKeyValue("flushed", look.flushedIndex())
                .addKeyValue("last", look.lastIndex())
                .addKeyValue("behind", look.behind())
                .addKeyValue("stoodSeconds", stood.toSeconds());
    }

    private static LoggingEventBuilder log(
            LoggingEventBuilder line, ReplicaLook look, Follower follower, Duration stood) {
        return log(line, look, stood)
                .addKeyValue("follower", follower.peer())
                .addKeyValue("match", follower.matchIndex())
                .addKeyValue("next", follower.nextIndex())
                .addKeyValue("missing", follower.missing());
    }
}
