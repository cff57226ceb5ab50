package io.oarlog.metadata;

import io.oarlog.raft.ReplicaCapacity;
import java.util.List;
import java.util.Optional;

/**
 * A live broker: the content of its ephemeral znode {@code /brokers/ids/<id>}. Immutable.
 *
 * @param endpoints given to Kafka clients, one for each listener, the first listener first
 * @param capacity for replicas; empty when the broker does not say
 */
public record BrokerRegistration(int id, List<BrokerEndpoint> endpoints, Optional<ReplicaCapacity> capacity) {
    public BrokerRegistration {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("broker " + id + " has no endpoint");
        }
    }

    /** Of a broker with one listener, which does not say how many replicas it can host. */
    public BrokerRegistration(int id, String host, int port) {
        this(id, List.of(new BrokerEndpoint(BrokerEndpoint.ONLY_LISTENER, host, port)), Optional.empty());
    }

    /** Empty when it has no listener of that name. */
    public Optional<BrokerEndpoint> endpoint(String listener) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.listener().equals(listener))
                .findFirst();
    }
}
