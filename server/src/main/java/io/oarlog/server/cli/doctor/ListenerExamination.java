package io.oarlog.server.cli.doctor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;

/**
 * Goes the way of a client: from the address that it is given to those that it is told there. Confined to its command's thread.
 */
final class ListenerExamination {
    private final Network network;

    ListenerExamination(Network network) {
        this.network = network;
    }

    /** @param host as the client is given it */
    ListenersReport examine(String host, int port) {
        String asked = host + ":" + port;
        List<InetAddress> addresses;
        try {
            addresses = network.resolve(host);
        } catch (UnknownHostException e) {
            return unreached(
                    asked,
                    List.of(),
                    host + " has no address here: is the name right, and do DNS or /etc/hosts of"
                            + " this machine know it?");
        }
        Contact contact = contact(addresses, port, OptionalInt.empty());
        if (contact instanceof Contact.Answered answered) {
            return examine(asked, addresses, answered);
        }
        Contact.Failed failed = (Contact.Failed) contact;
        return unreached(asked, addresses, failed.sentence() + ": " + failed.advice());
    }

    private static ListenersReport unreached(String asked, List<InetAddress> addresses, String fault) {
        return new ListenersReport(false, fault, asked, texts(addresses), null, null, List.of());
    }

    private ListenersReport examine(String asked, List<InetAddress> addresses, Contact.Answered first) {
        BrokerAnswer told = first.answer();
        TreeMap<Integer, NodeFinding> findings = new TreeMap<>();
        SortedSet<Integer> nodes = new TreeSet<>();
        for (Node broker : told.brokers()) {
            NodeExamination examination = new NodeExamination(broker, first);
            findings.put(broker.id(), examination.finding());
            nodes.addAll(examination.nodesOfCluster());
        }
        nodes.removeAll(findings.keySet());
        nodes.forEach(untold -> findings.put(untold, new NodeFinding(untold, null, List.of(), null, null, null)));
        List<NodeFinding> sorted = new ArrayList<>(findings.values());
        List<String> faults = new ArrayList<>(
                sorted.stream().map(NodeFinding::fault).filter(Objects::nonNull).toList());
        if (told.brokers().isEmpty()) {
            faults.add(asked + " knows of no broker: it has lost the others, look at oarlog cluster status");
        }
        if (told.hiddenLeaders() > 0) {
            faults.add(told.hiddenLeaders() + " partitions are led by nodes without the listener that " + asked
                    + " belongs to: start " + names(nodes) + " with a --listener of the same name");
        }
        return new ListenersReport(
                faults.isEmpty(),
                verdict(asked, faults, told.brokers().size(), nodes),
                asked,
                texts(addresses),
                first.address().getHostAddress(),
                told.clusterId(),
                sorted);
    }

    private static String verdict(String asked, List<String> faults, int brokers, SortedSet<Integer> untold) {
        if (faults.size() > 1) {
            return faults.get(0) + " (" + (faults.size() - 1) + " more below)";
        } else if (!faults.isEmpty()) {
            return faults.get(0);
        }
        return "a client that is given " + asked + " gets to "
                + (brokers == 1 ? "the one node" : "all " + brokers + " nodes") + " that it is told of"
                + (untold.isEmpty() ? "" : "; not told of " + names(untold) + ": down, or without such a listener");
    }

    private static String names(SortedSet<Integer> nodes) {
        return nodes.isEmpty()
                ? "them"
                : (nodes.size() == 1 ? "node " : "nodes ")
                        + String.join(", ", nodes.stream().map(String::valueOf).toList());
    }

    /** The first address that answers counts, as it does for clients; else what the last one failed with. */
    private Contact contact(List<InetAddress> addresses, int port, OptionalInt node) {
        Contact last = new Contact.Failed("no address", "nothing", "");
        for (InetAddress address : addresses) {
            try {
                return new Contact.Answered(address, network.ask(new InetSocketAddress(address, port), node));
            } catch (IOException e) {
                last = Contact.Failed.of(address.getHostAddress() + ":" + port, e);
            }
        }
        return last;
    }

    private static List<String> texts(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).toList();
    }

    /** One node that the client is told of. */
    private final class NodeExamination {
        private final Node broker;
        private final String advertised;
        private final Contact.Answered first;
        private final List<InetAddress> addresses;
        private final @Nullable Contact contact; // null without an address

        NodeExamination(Node broker, Contact.Answered first) {
            this.broker = broker;
            this.advertised = broker.host() + ":" + broker.port();
            this.first = first;
            this.addresses = resolved();
            this.contact = addresses.isEmpty() ? null : contact(addresses, broker.port(), OptionalInt.of(broker.id()));
        }

        private List<InetAddress> resolved() {
            try {
                return network.resolve(broker.host());
            } catch (UnknownHostException e) {
                return List.of();
            }
        }

        /** As the node itself names them; empty when it does not. */
        SortedSet<Integer> nodesOfCluster() {
            return contact instanceof Contact.Answered answered && answersAsItself(answered.answer())
                    ? answered.answer().nodes()
                    : new TreeSet<>();
        }

        private boolean answersAsItself(BrokerAnswer answer) {
            return isOfTheCluster(answer) && answer.denial() == null;
        }

        private boolean isOfTheCluster(BrokerAnswer answer) {
            return answer.clusterId().equals(first.answer().clusterId());
        }

        NodeFinding finding() {
            String connects = null;
            String answersAs = null;
            if (contact instanceof Contact.Answered answered) {
                connects = NodeFinding.YES;
                answersAs = answersAs(answered.answer());
            } else if (contact instanceof Contact.Failed failed) {
                connects = failed.why();
            }
            return new NodeFinding(broker.id(), advertised, texts(addresses), connects, answersAs, fault());
        }

        private String answersAs(BrokerAnswer answer) {
            if (!isOfTheCluster(answer)) {
                return "cluster " + answer.clusterId();
            }
            return answer.denial() == null ? "node " + broker.id() : "another node";
        }

        private @Nullable String fault() {
            String says = "node " + broker.id() + " advertises " + advertised;
            String remedy = "start it with --advertised HOST:PORT";
            if (contact == null) {
                return says + ", and " + broker.host() + " has no address here: " + remedy
                        + " that clients can resolve, or have DNS know the name";
            } else if (isOwnMachineOfEachClient()) {
                return says + ", which is this machine itself, and each client's own: " + remedy
                        + " that clients can reach";
            } else if (contact instanceof Contact.Failed failed) {
                return says + ", but " + failed.sentence() + ": " + failed.advice() + " Else " + remedy;
            }
            BrokerAnswer answer = ((Contact.Answered) contact).answer();
            if (!isOfTheCluster(answer)) {
                return says + ", where cluster " + answer.clusterId() + " answers and not "
                        + first.answer().clusterId() + ": " + remedy + " of its own";
            } else if (answer.denial() != null) {
                return says + ", where another node answers (\"" + answer.denial() + "\"): " + remedy + " of its own";
            }
            return null;
        }

        /** Told to a client that came from elsewhere. */
        private boolean isOwnMachineOfEachClient() {
            return !first.address().isLoopbackAddress()
                    && addresses.stream()
                            .allMatch(address -> address.isLoopbackAddress() || address.isAnyLocalAddress());
        }
    }
}
