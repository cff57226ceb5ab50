package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.Cluster;
import io.oarlog.chaos.cluster.ToolFailedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the faults of a plan at their times and mends them. A node that ends although nobody ended it is started again, as by a
 * supervisor of services, when the fault that was open is mended; and said so. Confined to one thread.
 */
public final class Nemesis {
    private static final long ELECTION_LASTS_MILLIS = 300;
    private static final long LOOK_MILLIS = 250;
    /** A node that was started serves within this, whatever else is broken then. */
    private static final Duration SERVE_LIMIT = Duration.ofSeconds(60);
    /** Nodes that come or go are done with it within this, when nothing else is broken. */
    private static final Duration ERRAND_LIMIT = Duration.ofMinutes(4);

    private final Cluster cluster;
    private final Plan plan;
    private final Supplier<Roles> roles;
    private final Witness witness;
    private final Faults faults;
    private final Map<FaultKind, Integer> made = new TreeMap<>();
    private final Map<FaultKind, String> skipped = new TreeMap<>();
    private final List<Open> open = new ArrayList<>();
    private final List<Healing> healing = new ArrayList<>();
    private final Set<Integer> gone = new HashSet<>();
    private final List<String> unexpectedExits = new ArrayList<>();
    private final Map<FaultKind, String> leftOut = new TreeMap<>();
    private final Errands errands;
    private long lastHealedNanos = System.nanoTime();

    /** Is told of what the nemesis does, as it does it. */
    public interface Witness {
        /** A fault begins: called before it is made. */
        void begins(String text);

        /** It is mended, and nodes that were started for that serve again. */
        void ends(String text);

        /** A member of a group should leave and come back. */
        void rebalance();

        /** Something else worth to be known. */
        void note(String text);
    }

    /**
     * Does nothing yet.
     *
     * @param roles who has which now
     * @param topicPrefix of the topics whose files may be damaged
     */
    public Nemesis(Cluster cluster, Plan plan, Supplier<Roles> roles, String topicPrefix, Witness witness) {
        this.cluster = cluster;
        this.plan = plan;
        this.roles = roles;
        this.witness = witness;
        this.faults = new Faults(cluster, topicPrefix);
        this.errands = new Errands(cluster, witness::note);
    }

    /** How often a fault of each kind was made. */
    public Map<FaultKind, Integer> made() {
        return new TreeMap<>(made);
    }

    /** Which kinds of the plan could not be made here, or not once, with the reason. */
    public Map<FaultKind, String> skipped() {
        Map<FaultKind, String> all = new TreeMap<>(leftOut);
        all.keySet().removeAll(made.keySet());
        all.putAll(skipped);
        return all;
    }

    /** Goes through the plan; all faults are mended and all nodes run on return. */
    public void run() throws IOException, InterruptedException {
        long begin = System.nanoTime();
        PriorityQueue<Timed> timeline = new PriorityQueue<>(Comparator.comparingLong(Timed::atMillis));
        plan.faults().forEach(fault -> timeline.add(new Timed(fault.atMillis(), fault, null)));
        while (!timeline.isEmpty()) {
            Timed next = timeline.remove();
            awaitTime(begin, next.atMillis());
            Open toEnd = next.open();
            if (toEnd != null) {
                end(toEnd);
            } else {
                Open begun = begin(next.fault());
                if (begun != null) {
                    long now = Duration.ofNanos(System.nanoTime() - begin).toMillis();
                    timeline.add(new Timed(now + next.fault().lastsMillis(), next.fault(), begun));
                }
            }
        }
        awaitTime(begin, plan.millis());
        while (!healing.isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            look();
        }
        long deadlineNanos = System.nanoTime() + ERRAND_LIMIT.toNanos();
        while (errands.isMissing() && System.nanoTime() < deadlineNanos) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            look();
        }
        errands.giveUp(ERRAND_LIMIT);
    }

    /** Waits until nothing has been broken for so long, after {@link #run}. */
    public void awaitCalm(Duration calm) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(lastHealedNanos + calm.toNanos() - System.nanoTime());
    }

    private void awaitTime(long begin, long atMillis) throws IOException, InterruptedException {
        while (true) {
            long left = atMillis - Duration.ofNanos(System.nanoTime() - begin).toMillis();
            if (left <= 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(Math.min(left, LOOK_MILLIS));
            look();
        }
    }

    private void look() throws IOException, InterruptedException {
        errands.look(open.stream().anyMatch(fault -> !fault.kind().takesOperator()));
        tellWhatHasHealed();
    }

    /** A node that is down again, or gone, is another fault's. */
    private void tellWhatHasHealed() {
        for (Healing each : List.copyOf(healing)) {
            boolean isOfOperator = each.kind().takesOperator();
            each.nodes()
                    .removeIf(node -> !(isOfOperator && errands.holdsDown(node))
                            && (!cluster.isRunning(node) || cluster.isServing(node)));
            boolean isLate = System.nanoTime() - each.sinceNanos() > SERVE_LIMIT.toNanos();
            if (isLate && !each.nodes().isEmpty()) {
                witness.note("nodes " + each.nodes() + " do not serve " + SERVE_LIMIT.toSeconds() + " s after "
                        + each.text());
            }
            // What was open before it is none of a minority any more, until the operator is done.
            boolean isHeldOpen = isOfOperator && errands.isUnderWay() && (errands.isMissing() || !open.isEmpty());
            if (isLate || (each.nodes().isEmpty() && !isHeldOpen)) {
                healing.remove(each);
                witness.ends(each.text());
                lastHealedNanos = System.nanoTime();
            }
        }
    }

    private @Nullable Open begin(PlannedFault planned) throws IOException, InterruptedException {
        String lack = cluster.lacks().get(planned.kind().needs());
        if (lack != null) {
            if (skipped.put(planned.kind(), lack) == null) {
                witness.note("SKIPPED " + planned.kind().word() + ": " + lack);
            }
            return null;
        }
        Random random = new Random(planned.seed());
        int node = node(planned, random);
        for (Open other : open) {
            boolean isSameNode = other.node() == node
                    || planned.kind() == FaultKind.POWER_ALL
                    || other.kind() == FaultKind.POWER_ALL;
            if (isSameNode && planned.kind().interferesWith(other.kind())) {
                witness.note(planned.kind().word() + " of node " + node + " is left out: " + other.text()
                        + " has hold of it");
                return null;
            }
        }
        Optional<String> hindrance = planned.kind().takesOperator() ? errands.hindrance() : Optional.empty();
        if (hindrance.isPresent()) {
            leftOut.put(planned.kind(), "not safe: " + hindrance.get());
            witness.note(planned.kind().word() + " of node " + node + " is left out: " + hindrance.get());
            return null;
        }
        Fault fault = faults.of(planned.kind(), node, random);
        // While a node is on its way back others may have to do without it.
        boolean isAlone = !errands.isUnderWay() && (!planned.kind().takesOperator() || open.isEmpty());
        boolean isOfMinority = planned.kind().isOfMinority() && planned.moment() != Moment.ELECTION && isAlone;
        String text = (isOfMinority ? "minority " : "") + planned.kind().word()
                + (planned.kind().isOfMinority() || planned.kind() == FaultKind.MUTE ? " node " + node : "")
                + (planned.moment() == Moment.ANYTIME
                        ? ""
                        : " during " + planned.moment().name().toLowerCase(Locale.ROOT))
                + " #" + (made.values().stream().mapToInt(Integer::intValue).sum() + 1);
        witness.begins(text);
        Open begun = new Open(fault, planned.kind(), node, text, down(planned, node));
        open.add(begun);
        provoke(planned, node);
        Optional<String> what = make(fault);
        if (planned.kind().takesOperator()) {
            errands.begin(planned.kind(), node);
        }
        what.ifPresent(unused -> made.merge(planned.kind(), 1, Integer::sum));
        witness.note(text + ": " + what.orElse("nothing was broken"));
        return begun;
    }

    private int node(PlannedFault planned, Random random) {
        if (planned.kind() == FaultKind.ADD_REMOVE) {
            return cluster.size() + 1;
        } else if (isForVictim(planned.kind())) {
            return plan.victim();
        }
        int found = roles.get().find(planned.role(), cluster.size(), random);
        return found > cluster.size() ? 1 + random.nextInt(cluster.size()) : found; // guests are left alone
    }

    /** Two nodes that lose bytes may lose the same ones: of a plan that damages files that node alone is wiped as well. */
    private boolean isForVictim(FaultKind kind) {
        return kind.damagesFiles()
                || (kind == FaultKind.WIPE && plan.kinds().stream().anyMatch(FaultKind::damagesFiles));
    }

    /** What could not be made is told and not counted; it is mended all the same. */
    private Optional<String> make(Fault fault) throws InterruptedException {
        try {
            return fault.make();
        } catch (IOException | ToolFailedException e) {
            witness.note("it could not be made: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Brings the moment about that the fault is meant for. */
    private void provoke(PlannedFault planned, int node) throws InterruptedException {
        if (planned.moment() == Moment.REBALANCE) {
            witness.rebalance();
        } else if (planned.moment() == Moment.ELECTION) {
            // Of partitions that the victim does not lead: it would not take part in an election otherwise.
            OptionalInt leader = roles.get().partitionLeaders().stream()
                    .mapToInt(Integer::intValue)
                    .filter(each -> each != node && each <= cluster.size())
                    .sorted()
                    .findFirst();
            if (leader.isEmpty()) {
                witness.note("there is no other leader whose end brings about an election");
                return;
            }
            cluster.kill(leader.getAsInt());
            TimeUnit.MILLISECONDS.sleep(ELECTION_LASTS_MILLIS);
        }
    }

    private Set<Integer> down(PlannedFault planned, int node) {
        return switch (planned.kind()) {
            case KILL, STOP, POWER, CUT_FILE, READDRESS, WIPE -> Set.of(node);
            case KILL_ALL, POWER_ALL -> {
                Set<Integer> all = new HashSet<>();
                for (int each = 1; each <= cluster.size(); each++) {
                    all.add(each);
                }
                yield all;
            }
            default -> Set.of();
        };
    }

    private void end(Open ending) throws IOException, InterruptedException {
        lookAtNodes();
        open.remove(ending);
        ending.fault().mend();
        Set<Integer> comingBack = startThoseThatShouldRun();
        if (ending.kind().takesOperator()) {
            errands.release();
        }
        ending.down().stream().filter(errands::holdsDown).forEach(comingBack::add);
        healing.add(new Healing(ending.kind(), ending.text(), comingBack, System.nanoTime()));
        look();
    }

    /** Looks for nodes that have ended by themselves; when a fault is open that explains it, it is noted only. */
    public void lookAtNodes() {
        for (int node = 1; node <= cluster.size(); node++) {
            int each = node;
            if (cluster.isRunning(node)) {
                gone.remove(node); // who brings it back may have started it
            }
            if (!cluster.isRunning(node) && !cluster.isEnded(node) && gone.add(node)) {
                boolean isExplained = open.stream()
                                .anyMatch(fault ->
                                        fault.node() == each && fault.kind().mayEndNode())
                        || errands.explainsEndOf(node);
                String text = "node " + node + " has ended by itself, under "
                        + open.stream().map(Open::text).toList();
                witness.note(text);
                if (!isExplained) {
                    unexpectedExits.add(text + "; see node-" + node + "/broker.log");
                }
            }
        }
    }

    /** Nodes that were wiped or added, and have not come back or gone as they should. */
    public List<String> failedChanges() {
        return errands.failures();
    }

    /** Nodes that ended by themselves, which nothing explains. */
    public List<String> unexpectedExits() {
        return List.copyOf(unexpectedExits);
    }

    private Set<Integer> startThoseThatShouldRun() throws IOException {
        Set<Integer> started = new TreeSet<>();
        Set<Integer> heldDown = new HashSet<>();
        open.forEach(other -> heldDown.addAll(other.down()));
        for (int node = 1; node <= cluster.size(); node++) {
            if (!heldDown.contains(node) && !errands.holdsDown(node) && !cluster.isRunning(node)) {
                gone.remove(node);
                cluster.start(node);
                started.add(node);
            }
        }
        return started;
    }

    private record Open(Fault fault, FaultKind kind, int node, String text, Set<Integer> down) {}

    /** Mended, but nodes that were started do not serve yet. */
    private record Healing(FaultKind kind, String text, Set<Integer> nodes, long sinceNanos) {}

    private record Timed(
            long atMillis, PlannedFault fault, @Nullable Open open) {}
}
