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
    }

    /** How often a fault of each kind was made. */
    public Map<FaultKind, Integer> made() {
        return new TreeMap<>(made);
    }

    /** Which kinds of the plan could not be made here, with the reason. */
    public Map<FaultKind, String> skipped() {
        return new TreeMap<>(skipped);
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
            tellWhatHasHealed();
        }
    }

    /** Waits until nothing has been broken for so long, after {@link #run}. */
    public void awaitCalm(Duration calm) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(lastHealedNanos + calm.toNanos() - System.nanoTime());
    }

    private void awaitTime(long begin, long atMillis) throws InterruptedException {
        while (true) {
            long left = atMillis - Duration.ofNanos(System.nanoTime() - begin).toMillis();
            if (left <= 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(Math.min(left, LOOK_MILLIS));
            tellWhatHasHealed();
        }
    }

    /** A node that is down again, or gone, is another fault's. */
    private void tellWhatHasHealed() {
        for (Healing each : List.copyOf(healing)) {
            each.nodes().removeIf(node -> !cluster.isRunning(node) || cluster.isServing(node));
            boolean isLate = System.nanoTime() - each.sinceNanos() > SERVE_LIMIT.toNanos();
            if (isLate && !each.nodes().isEmpty()) {
                witness.note("nodes " + each.nodes() + " do not serve " + SERVE_LIMIT.toSeconds() + " s after "
                        + each.text());
            }
            if (isLate || each.nodes().isEmpty()) {
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
        boolean isDamage = planned.kind() == FaultKind.BIT_FLIP || planned.kind() == FaultKind.CUT_FILE;
        int node = isDamage ? plan.victim() : roles.get().find(planned.role(), cluster.size(), random);
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
        Fault fault = faults.of(planned.kind(), node, random);
        boolean isOfMinority = planned.kind().isOfMinority() && planned.moment() != Moment.ELECTION;
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
        what.ifPresent(unused -> made.merge(planned.kind(), 1, Integer::sum));
        witness.note(text + ": " + what.orElse("nothing was broken"));
        return begun;
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
                    .filter(each -> each != node)
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
            case KILL, STOP, POWER, CUT_FILE, READDRESS -> Set.of(node);
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
        healing.add(new Healing(ending.text(), startThoseThatShouldRun(), System.nanoTime()));
        tellWhatHasHealed();
    }

    /** Looks for nodes that have ended by themselves; when a fault is open that explains it, it is noted only. */
    public void lookAtNodes() {
        for (int node = 1; node <= cluster.size(); node++) {
            int each = node;
            if (!cluster.isRunning(node) && !cluster.isEnded(node) && gone.add(node)) {
                boolean isExplained = open.stream()
                        .anyMatch(fault -> fault.node() == each && fault.kind().mayEndNode());
                String text = "node " + node + " has ended by itself, under "
                        + open.stream().map(Open::text).toList();
                witness.note(text);
                if (!isExplained) {
                    unexpectedExits.add(text + "; see node-" + node + "/broker.log");
                }
            }
        }
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
            if (!heldDown.contains(node) && !cluster.isRunning(node)) {
                gone.remove(node);
                cluster.start(node);
                started.add(node);
            }
        }
        return started;
    }

    private record Open(Fault fault, FaultKind kind, int node, String text, Set<Integer> down) {}

    /** Mended, but nodes that were started do not serve yet. */
    private record Healing(String text, Set<Integer> nodes, long sinceNanos) {}

    private record Timed(
            long atMillis, PlannedFault fault, @Nullable Open open) {}
}
