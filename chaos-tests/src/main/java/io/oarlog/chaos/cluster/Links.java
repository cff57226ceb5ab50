package io.oarlog.chaos.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is wrong with the network: which packets are dropped, by whom, and how slow links are. Kept here, since a container that is
 * started again has forgotten its rules.
 *
 * <p>Packets are dropped where they arrive, in the network of the receiving node, by iptables; those for clients where they leave.
 */
final class Links {
    private static final String IN = "OARLOG-IN";
    private static final String OUT = "OARLOG-OUT";

    private final Substrate substrate;
    private final int size;
    private final Map<Link, Integer> cut = new HashMap<>();
    private final Map<Integer, Double> loss = new HashMap<>();
    /** Disciplines of a node, the last one counts. */
    private final Map<Integer, List<List<String>>> shapes = new HashMap<>();

    Links(Substrate substrate, int size) {
        this.substrate = substrate;
        this.size = size;
    }

    /** Packets of the one to the other are dropped, in this direction. */
    record Link(int from, int to) {}

    /** A link that is cut twice has to be mended twice. */
    void cut(Set<Link> links) {
        links.forEach(link -> cut.merge(link, 1, Integer::sum));
        applyToAll();
    }

    void mend(Set<Link> links) {
        links.forEach(link -> cut.computeIfPresent(link, (same, times) -> times == 1 ? null : times - 1));
        applyToAll();
    }

    /** @param probability that a packet which a node sends or gets is dropped; 0: none */
    void lose(int node, double probability) {
        if (probability > 0) {
            loss.put(node, probability);
        } else {
            loss.remove(node);
        }
        apply(node);
    }

    /** @param qdisc of what the node sends, as tc wants it */
    void shape(int node, List<String> qdisc) {
        shapes.computeIfAbsent(node, unused -> new ArrayList<>()).add(qdisc);
        apply(node);
    }

    /** Takes one of those away; another that is there counts again. */
    void unshape(int node, List<String> qdisc) {
        shapes.getOrDefault(node, new ArrayList<>()).remove(qdisc);
        apply(node);
    }

    void applyToAll() {
        for (int node = 1; node <= size; node++) {
            apply(node);
        }
    }

    /** Makes the rules of a node's network what they should be; a node without a network gets them when it is started. */
    void apply(int node) {
        if (!substrate.hasNetwork(node)) {
            return;
        }
        List<String> script = new ArrayList<>();
        for (String[] chain : new String[][] {{"INPUT", IN}, {"OUTPUT", OUT}}) {
            script.add("iptables -w -N " + chain[1] + " 2> /dev/null || true");
            script.add("iptables -w -C " + chain[0] + " -j " + chain[1] + " 2> /dev/null || iptables -w -I " + chain[0]
                    + " -j " + chain[1]);
        }
        // All rules at once: nothing passes between an old one and its successor.
        script.add("iptables-restore -w --noflush << 'END'");
        script.addAll(rules(node));
        script.add("END");
        List<String> qdisc = shape(node);
        script.add(
                qdisc.isEmpty()
                        ? "tc qdisc del dev eth0 root 2> /dev/null || true"
                        : "tc qdisc replace dev eth0 root " + String.join(" ", qdisc));
        Tool.run(substrate.inNetwork(node, List.of("sh", "-ec", String.join("\n", script))));
    }

    /** As iptables-restore wants them; to name a chain empties it. */
    private List<String> rules(int node) {
        List<String> rules = new ArrayList<>(List.of("*filter", ":" + IN + " - [0:0]", ":" + OUT + " - [0:0]"));
        for (Link link : cut.keySet()) {
            if (link.to() == node) {
                rules.add("-A " + IN + " -s " + substrate.address(link.from()) + " -j DROP");
            } else if (link.from() == node && link.to() == Cluster.CLIENTS) {
                rules.add("-A " + OUT + " -d " + substrate.address(link.to()) + " -j DROP");
            }
        }
        Double probability = loss.get(node);
        if (probability != null) {
            String rule = " eth0 -m statistic --mode random --probability " + probability + " -j DROP";
            rules.add("-A " + IN + " -i" + rule);
            rules.add("-A " + OUT + " -o" + rule);
        }
        rules.add("COMMIT");
        return rules;
    }

    /** The one that was asked for last. */
    private List<String> shape(int node) {
        List<List<String>> ofNode = shapes.getOrDefault(node, List.of());
        return ofNode.isEmpty() ? List.of() : ofNode.get(ofNode.size() - 1);
    }

    /** Whether tc knows a discipline in the node's network. */
    boolean knows(int node, List<String> qdisc) {
        List<String> add = new ArrayList<>(List.of("tc", "qdisc", "replace", "dev", "eth0", "root"));
        add.addAll(qdisc);
        boolean isKnown = Tool.tryRun(substrate.inNetwork(node, add)).status() == 0;
        Tool.tryRun(substrate.inNetwork(node, List.of("tc", "qdisc", "del", "dev", "eth0", "root")));
        return isKnown;
    }
}
