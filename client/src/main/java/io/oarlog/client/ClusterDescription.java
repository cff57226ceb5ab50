package io.oarlog.client;

import java.util.List;

/**
 * The cluster and its live brokers. Immutable.
 *
 * @param controllerId broker id, -1 while there is none
 * @param brokers in the order of their ids
 */
public record ClusterDescription(String clusterId, int controllerId, List<BrokerDescription> brokers) {
    public ClusterDescription {
        brokers = List.copyOf(brokers);
    }
}
