package io.oarlog.chaos.nemesis;

import io.oarlog.chaos.cluster.Cluster;
import io.oarlog.chaos.cluster.Cluster.Cut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes the faults of each kind for one cluster. */
final class Faults {
    private static final int WRITES_PER_SECOND = 20;
    private static final int DELAY_MILLIS = 100;
    private static final int JITTER_MILLIS = 50;
    private static final int KILOBITS = 400;
    private static final double LOSS = 0.1;

    private final Cluster cluster;
    private final String topicPrefix;

    /** @param topicPrefix of the topics whose files may be damaged */
    Faults(Cluster cluster, String topicPrefix) {
        this.cluster = cluster;
        this.topicPrefix = topicPrefix;
    }

    /**
     * A fault, not made yet.
     *
     * @param node who it is about, where it is about one
     */
    Fault of(FaultKind kind, int node, Random random) {
        return switch (kind) {
            case KILL -> new Down(Set.of(node), () -> cluster.kill(node));
            case STOP -> new Down(Set.of(node), () -> cluster.stop(node));
            case WIPE -> new Down(Set.of(node), () -> cluster.wipe(node));
            case ADD_REMOVE -> new Simple("node " + node, () -> cluster.start(node), () -> {});
            case KILL_ALL ->
                new Down(all(), () -> {
                    for (int each : all()) {
                        cluster.kill(each);
                    }
                });
            case POWER -> new Down(Set.of(node), () -> cluster.cutPower(Set.of(node)));
            case POWER_ALL -> new Down(all(), () -> cluster.cutPower(all()));
            case PAUSE -> new Pause(node);
            case HALVES -> partition(halves(random, false));
            case BRIDGE -> partition(halves(random, true));
            case RING -> partition(ring(random));
            case ISOLATE -> partition(isolated(node));
            case ONE_WAY -> new Partition(deafness(node), "node " + node + " hears nobody");
            case MUTE -> new Partition(Set.of(new Cut(node, Cluster.CLIENTS)), "clients do not hear node " + node);
            case LOSS ->
                new Simple("node " + node, () -> cluster.losePackets(node, LOSS), () -> cluster.losePackets(node, 0));
            case SLOW_LINK ->
                new Simple(
                        "node " + node,
                        () -> cluster.limitRate(node, KILOBITS),
                        () -> cluster.unlimitRate(node, KILOBITS));
            case DELAY ->
                new Simple(
                        "node " + node,
                        () -> cluster.delay(node, DELAY_MILLIS, JITTER_MILLIS),
                        () -> cluster.undelay(node, DELAY_MILLIS, JITTER_MILLIS));
            case CLOCK_JUMP -> jump(node, random.nextInt(7201) - 3600);
            case CLOCK_DRIFT -> new ClockDrift(cluster, node, random.nextBoolean() ? 0.5 : -0.5);
            case DISK_FULL ->
                new Simple("node " + node, () -> cluster.fillDisk(node), () -> {
                    cluster.freeDisk(node);
                    // What was refused space in the Raft log's own file is fenced until the next start.
                    cluster.kill(node);
                });
            case DISK_SLOW ->
                new Simple(
                        "node " + node,
                        () -> cluster.slowDisk(node, WRITES_PER_SECOND),
                        () -> cluster.unslowDisk(node));
            case DISK_ERRORS -> new Simple("node " + node, () -> cluster.failDisk(node), () -> cluster.mendDisk(node));
            case BIT_FLIP -> new Damage(node, random, false);
            case CUT_FILE -> new Damage(node, random, true);
            case READDRESS ->
                new Down(Set.of(node), () -> {
                    cluster.kill(node);
                    cluster.readdress(node);
                });
        };
    }

    private Set<Integer> all() {
        return IntStream.rangeClosed(1, cluster.size()).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    private Fault jump(int node, int seconds) {
        return new Simple(
                "node " + node + " by " + seconds + " s",
                () -> cluster.setClock(node, seconds),
                () -> cluster.setClock(node, 0));
    }

    private Fault partition(List<Set<Integer>> parts) {
        return new Partition(
                cutsBetween(parts),
                parts.stream().map(part -> new TreeSet<>(part).toString()).collect(Collectors.joining(" | ")));
    }

    /** All directions between nodes that have no part in common. */
    private Set<Cut> cutsBetween(List<Set<Integer>> parts) {
        Set<Cut> cuts = new HashSet<>();
        for (int from : all()) {
            for (int to : all()) {
                List<Integer> both = List.of(from, to);
                if (from != to && parts.stream().noneMatch(part -> part.containsAll(both))) {
                    cuts.add(new Cut(from, to));
                }
            }
        }
        return cuts;
    }

    private Set<Cut> deafness(int node) {
        return all().stream()
                .filter(from -> from != node)
                .map(from -> new Cut(from, node))
                .collect(Collectors.toSet());
    }

    private List<Set<Integer>> isolated(int node) {
        Set<Integer> others = all();
        others.remove(node);
        return List.of(Set.of(node), others);
    }

    private List<Set<Integer>> halves(Random random, boolean isBridged) {
        List<Integer> nodes = shuffled(random);
        int half = nodes.size() / 2;
        Set<Integer> left = new HashSet<>(nodes.subList(0, half));
        Set<Integer> right = new HashSet<>(nodes.subList(half, nodes.size()));
        if (isBridged) {
            left.add(nodes.get(half));
        }
        return List.of(left, right);
    }

    /**
     * Each node with its neighbours on both sides: with five nodes each hears a majority, and none the same. Of three nodes the
     * ring would be everybody: it is left open.
     */
    private List<Set<Integer>> ring(Random random) {
        List<Integer> nodes = shuffled(random);
        List<Set<Integer>> parts = new ArrayList<>();
        for (int i = 0; i < (nodes.size() > 3 ? nodes.size() : nodes.size() - 1); i++) {
            parts.add(Set.of(nodes.get(i), nodes.get((i + 1) % nodes.size())));
        }
        return parts;
    }

    private List<Integer> shuffled(Random random) {
        List<Integer> nodes = new ArrayList<>(all());
        Collections.shuffle(nodes, random);
        return nodes;
    }

    /** Something that can be done to a cluster. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private record Simple(String what, Step begin, Step end) implements Fault {
        @Override
        public Optional<String> make() throws IOException, InterruptedException {
            begin.run();
            return Optional.of(what);
        }

        @Override
        public void mend() throws IOException, InterruptedException {
            end.run();
        }
    }

    private final class Pause implements Fault {
        private final int node;

        Pause(int node) {
            this.node = node;
        }

        @Override
        public Optional<String> make() {
            return cluster.pause(node) ? Optional.of("node " + node) : Optional.empty();
        }

        @Override
        public void mend() {
            cluster.resume(node);
        }
    }

    /** Nodes are down until it is mended. */
    record Down(Set<Integer> nodes, Step begin) implements Fault {
        @Override
        public Optional<String> make() throws IOException, InterruptedException {
            begin.run();
            return Optional.of(nodes.size() == 1 ? "node " + nodes.iterator().next() : "nodes " + new TreeSet<>(nodes));
        }

        @Override
        public void mend() {
            // They are started by the nemesis.
        }
    }

    private final class Partition implements Fault {
        private final Set<Cut> cuts;
        private final String what;

        Partition(Set<Cut> cuts, String what) {
            this.cuts = cuts;
            this.what = what;
        }

        @Override
        public Optional<String> make() {
            cluster.cut(cuts);
            return Optional.of(what);
        }

        @Override
        public void mend() {
            cluster.mend(cuts);
        }
    }

    /** The node is down while its file is cut, and runs while a bit flips under it; afterwards it is killed, to find it. */
    private final class Damage implements Fault {
        private final int node;
        private final Random random;
        private final boolean isCut;

        Damage(int node, Random random, boolean isCut) {
            this.node = node;
            this.random = random;
            this.isCut = isCut;
        }

        @Override
        public Optional<String> make() throws IOException, InterruptedException {
            if (isCut) {
                cluster.kill(node);
            }
            Optional<String> done = isCut
                    ? cluster.truncateSegment(node, topicPrefix, random)
                    : cluster.flipBit(node, topicPrefix, random);
            return done.map(what -> "node " + node + " " + what);
        }

        @Override
        public void mend() throws InterruptedException {
            cluster.kill(node);
        }
    }
}
