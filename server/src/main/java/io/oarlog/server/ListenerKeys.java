package io.oarlog.server;

import io.oarlog.metadata.BrokerEndpoint;
import io.oarlog.raft.RaftAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The keys of where Kafka clients are served, and of what they are told.
 *
 * <pre>
 * listener             [NAME=]HOST:PORT, by commas; one needs no name
 * advertised.listener  [NAME=]HOST[:PORT], by commas; those of the listeners that are not named here are found out:
 *                      HOST        that of the listener; where that is every address of the machine, the node's own of
 *                                  cluster.nodes, or * when all nodes are on one machine
 *                      PORT        that of the listener
 * </pre>
 *
 * The host {@code *} is the address that the client used ({@link BrokerEndpoint#SAME_HOST}).
 */
final class ListenerKeys {
    static final String LISTENER = "listener";
    static final String ADVERTISED = "advertised.listener";

    private static final String DEFAULT = "127.0.0.1:9092";
    private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");
    private static final Pattern NAMED = Pattern.compile("(?:([A-Za-z0-9_.-]+)\\s*=)?\\s*(\\S+)");
    private static final Pattern HOST_AND_PORT = Pattern.compile("(.+):(\\d+)");
    /** A name, an address of IPv4, or one of IPv6 in brackets. */
    private static final Pattern HOST = Pattern.compile("[^:\\[\\]]+|\\[[^\\[\\]]+]");

    /** A piece of a list. */
    private record Named(String name, String text) {}

    private ListenerKeys() {}

    /**
     * Takes them from the settings.
     *
     * @param nodes of the cluster, {@code nodeId} among them
     * @throws InvalidSettingException naming the key
     */
    static List<NamedListener> parse(SettingKeys keys, Map<Integer, RaftAddress> nodes, int nodeId) {
        List<Named> listeners = list(LISTENER, keys.optional(LISTENER, DEFAULT));
        Set<String> names = listeners.stream().map(Named::name).collect(Collectors.toCollection(TreeSet::new));
        if (names.size() < listeners.size()) {
            throw new InvalidSettingException(LISTENER + ": each of several needs a name of its own, as in " + LISTENER
                    + "=inside=10.0.0.1:9092,outside=0.0.0.0:9093");
        }
        Map<String, String> advertised = new HashMap<>();
        for (Named one : list(ADVERTISED, keys.optional(ADVERTISED, ""))) {
            if (!names.contains(one.name()) || advertised.put(one.name(), one.text()) != null) {
                throw new InvalidSettingException(
                        ADVERTISED + ": '" + one.name() + "' must be there once, and be one of the listeners " + names);
            }
        }
        Set<String> machines =
                nodes.values().stream().map(RaftAddress::host).collect(Collectors.toCollection(TreeSet::new));
        String nodeHost = Objects.requireNonNull(nodes.get(nodeId)).host();
        return listeners.stream()
                .map(listener -> {
                    RaftAddress bound = SettingKeys.address(LISTENER, listener.text());
                    String given = advertised.get(listener.name());
                    RaftAddress told = given == null
                            ? new RaftAddress(foundOut(bound, machines, nodeHost), bound.port())
                            : given(given, bound, machines);
                    return new NamedListener(listener.name(), bound, told);
                })
                .toList();
    }

    private static List<Named> list(String key, String text) {
        List<Named> list = new ArrayList<>();
        if (text.isBlank()) {
            return list;
        }
        for (String piece : text.split(",", -1)) {
            Matcher matcher = NAMED.matcher(piece.strip());
            if (!matcher.matches()) {
                throw new InvalidSettingException(key + ": '" + piece + "' is not [NAME=]HOST:PORT");
            }
            String name = matcher.group(1);
            list.add(new Named(name == null ? BrokerEndpoint.ONLY_LISTENER : name, matcher.group(2)));
        }
        return list;
    }

    private static String foundOut(RaftAddress bound, Set<String> machines, String nodeHost) {
        if (!EVERY_ADDRESS.contains(bound.host())) {
            return bound.host();
        }
        return machines.size() == 1 ? BrokerEndpoint.SAME_HOST : nodeHost;
    }

    private static RaftAddress given(String text, RaftAddress bound, Set<String> machines) {
        RaftAddress address = HOST_AND_PORT.matcher(text).matches()
                ? SettingKeys.address(ADVERTISED, text)
                : new RaftAddress(text, bound.port());
        if (EVERY_ADDRESS.contains(address.host())) {
            throw new InvalidSettingException(ADVERTISED + ": no client can reach " + address.host()
                    + ": give a name or an address of this machine, or leave it out");
        } else if (!HOST.matcher(address.host()).matches()) {
            throw new InvalidSettingException(ADVERTISED + ": '" + text + "' is not [NAME=]HOST[:PORT]");
        } else if (!address.host().equals(BrokerEndpoint.SAME_HOST)) {
            return address;
        } else if (machines.size() > 1) {
            throw new InvalidSettingException(
                    ADVERTISED + ": the address that the client used (*) is that of the other nodes"
                            + " only where all are on one machine, but " + "cluster.nodes has " + machines
                            + ": give a name or an address of this machine");
        }
        // What a listener with one address is reached by is that address.
        boolean isOne = !EVERY_ADDRESS.contains(bound.host());
        return isOne ? new RaftAddress(bound.host(), address.port()) : address;
    }

    /** Adds them as they are shown to clients. */
    static void describe(List<NamedListener> listeners, Map<String, String> described) {
        described.put(LISTENER, text(listeners, NamedListener::address));
        described.put(ADVERTISED, text(listeners, NamedListener::advertised));
    }

    /** As they are written in a file. */
    static String text(List<NamedListener> listeners, Function<NamedListener, RaftAddress> address) {
        return listeners.stream()
                .map(listener -> (listener.isUnnamed() ? "" : listener.name() + "=") + address.apply(listener))
                .collect(Collectors.joining(","));
    }
}
