package io.oarlog.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the brokers are, and which of them seem to be well. Confined to the event loop. */
final class Brokers {
    /** A broker that leaves a request unanswered for so long is asked only when there is no other. */
    static final Duration STALLED = Duration.ofSeconds(1);

    private final List<Endpoint> bootstrap;
    private final Connections connections;
    private final Random random;
    private final Map<Integer, Endpoint> known = new HashMap<>();

    Brokers(List<Endpoint> bootstrap, Connections connections, Random random) {
        this.bootstrap = List.copyOf(bootstrap);
        this.connections = connections;
        this.random = random;
    }

    Connections connections() {
        return connections;
    }

    /** Takes over what the cluster says of itself; an empty list says nothing and is passed over. */
    void replaceAll(Map<Integer, Endpoint> brokers) {
        if (!brokers.isEmpty()) {
            known.clear();
            known.putAll(brokers);
        }
    }

    void add(int id, Endpoint endpoint) {
        known.put(id, endpoint);
    }

    @Nullable
    Endpoint endpoint(int id) {
        return known.get(id);
    }

    /**
     * Whom to ask what any broker can answer: first those with a working connection, last those that are silent or could
     * not be reached a moment ago. Equals are in random order. The bootstrap addresses are always among them, so that a
     * cluster that moved altogether is found again.
     */
    List<Endpoint> candidates() {
        Set<Endpoint> all = new LinkedHashSet<>(known.values());
        all.addAll(bootstrap);
        List<Endpoint> candidates = new ArrayList<>(all);
        Collections.shuffle(candidates, random);
        candidates.sort(Comparator.comparingInt(this::rank));
        return candidates;
    }

    private int rank(Endpoint endpoint) {
        Connection connection = connections.ifReady(endpoint);
        if (connection != null) {
            return connection.oldestRequestAgeNanos() < STALLED.toNanos() ? 0 : 2;
        }
        return connections.isHeldBack(endpoint) ? 3 : 1;
    }
}
