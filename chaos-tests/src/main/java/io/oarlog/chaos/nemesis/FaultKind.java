package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.Capability;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Kinds of faults. */
public enum FaultKind {
    KILL(Capability.PROCESSES, true, "kill -9 of a node, started again later"),
    PAUSE(Capability.PROCESSES, true, "SIGSTOP of a node, SIGCONT later"),
    KILL_ALL(Capability.PROCESSES, false, "kill -9 of all nodes at once, started again"),
    POWER(Capability.VOLUME, true, "power cut of a node: what it had not forced to its disk is gone"),
    POWER_ALL(Capability.VOLUME, false, "power cut of all nodes at once"),
    HALVES(Capability.NETWORK, false, "two halves that do not hear each other"),
    RING(Capability.NETWORK, false, "each node hears its neighbours only: everyone sees a majority, nobody the same"),
    BRIDGE(Capability.NETWORK, false, "two halves with one node that hears both"),
    ONE_WAY(Capability.NETWORK, true, "a node is heard, but hears nobody"),
    ISOLATE(Capability.NETWORK, true, "a node neither hears nor is heard by the others; clients reach it still"),
    MUTE(Capability.NETWORK, false, "clients are heard by a node, but do not hear its answers"),
    LOSS(Capability.NETWORK, true, "a node loses every tenth packet"),
    SLOW_LINK(Capability.RATE, true, "a node sends 400 kbit a second"),
    DELAY(Capability.DELAY, true, "a node's packets are 100 ms late, give or take 50"),
    CLOCK_JUMP(Capability.CLOCK, true, "a node's wall clock jumps, an hour at most either way"),
    CLOCK_DRIFT(Capability.CLOCK, true, "a node's wall clock runs too fast or too slow"),
    DISK_FULL(Capability.VOLUME, true, "no byte is free on a node's disk"),
    DISK_SLOW(Capability.THROTTLE, true, "a node's disk takes 20 writes a second"),
    DISK_ERRORS(Capability.VOLUME, true, "each access of a node to its disk fails"),
    BIT_FLIP(Capability.PROCESSES, true, "a bit flips in a segment of one node, always the same node of a run"),
    CUT_FILE(Capability.PROCESSES, true, "a segment of that node is cut short while it is down"),
    READDRESS(Capability.NAMES, true, "a node is killed and comes back under another address"),
    STOP(Capability.PROCESSES, true, "SIGTERM of a node, which hands over what it leads and ends; started again later"),
    WIPE(
            Capability.PROCESSES,
            true,
            "a node is killed and loses its disk for good; given up with node replace, it comes back with an empty one"),
    ADD_REMOVE(
            Capability.PROCESSES,
            true,
            "one more node joins and gets its share of the replicas, then it is drained and removed");

    private static final Set<FaultKind> DISK =
            EnumSet.of(POWER, POWER_ALL, DISK_FULL, DISK_SLOW, DISK_ERRORS, BIT_FLIP, CUT_FILE, WIPE);
    private static final Set<FaultKind> CLOCK = EnumSet.of(CLOCK_JUMP, CLOCK_DRIFT);
    private static final Set<FaultKind> SHAPE = EnumSet.of(SLOW_LINK, DELAY);

    private final Capability needs;
    private final boolean isOfMinority;
    private final String description;

    FaultKind(Capability needs, boolean isOfMinority, String description) {
        this.needs = needs;
        this.isOfMinority = isOfMinority;
        this.description = description;
    }

    /** Whether both work on the same thing of a node, so that they would undo each other. */
    boolean interferesWith(FaultKind other) {
        return Stream.of(DISK, CLOCK, SHAPE).anyMatch(kinds -> kinds.contains(this) && kinds.contains(other));
    }

    /** Whether bytes of a node are no more what it wrote, and nobody knows that yet. */
    boolean damagesFiles() {
        return this == BIT_FLIP || this == CUT_FILE;
    }

    /** Whether an operator has to do something about it, see {@link Errand}. */
    boolean takesOperator() {
        return this == WIPE || this == ADD_REMOVE;
    }

    /** Whether a node may end by itself for it: it does when it cannot go on with the cluster's metadata. */
    boolean mayEndNode() {
        return this == DISK_FULL || this == DISK_ERRORS;
    }

    /** As on the command line, such as {@code kill-all}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public Capability needs() {
        return needs;
    }

    /** Whether it leaves every partition a majority that clients reach, when nothing else is broken: writes must go on. */
    public boolean isOfMinority() {
        return isOfMinority;
    }

    public String description() {
        return description;
    }

    /** The kind with this word. */
    public static Optional<FaultKind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }

    /** All words, by commas. */
    public static String words() {
        return Arrays.stream(values()).map(FaultKind::word).collect(Collectors.joining(", "));
    }
}
