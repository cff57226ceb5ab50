package io.oarlog.server;

import io.oarlog.metadata.BrokerEndpoint;
import io.oarlog.raft.RaftAddress;

/**
 * An address on which a broker serves Kafka clients. Immutable.
 *
 * @param name of the listener: whoever comes by it is told the addresses of that name of the other brokers
 * @param address that is bound
 * @param advertised what clients are told; its host may be {@link BrokerEndpoint#SAME_HOST}
 */
public record NamedListener(String name, RaftAddress address, RaftAddress advertised) {
    boolean isUnnamed() {
        return name.equals(BrokerEndpoint.ONLY_LISTENER);
    }

    BrokerEndpoint endpoint() {
        return new BrokerEndpoint(name, advertised.host(), advertised.port());
    }
}
